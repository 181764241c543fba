-- Held messages, those held longest first. ARGV: 3 how many are skipped, 4 how many at most.
local found = {}
for _, ulid in ipairs(call('ZRANGE', base .. 'unsettled', ARGV[3], ARGV[3] + ARGV[4] - 1)) do
  local record = call('HGETALL', base .. 'm:' .. ulid)
  if #record > 0 then
    found[#found + 1] = { ulid, record, call('GET', base .. 's:' .. ulid) or '', call('ZSCORE', base .. 'held', ulid) or '' }
  else
    forget_held(ulid)
  end
end
return { tostring(call('ZCARD', base .. 'unsettled')), found }
