-- Failures still to be dealt with. ARGV: 3 how many at most. With each: its member, its message's status, generation and
-- failure code, and the status callback that came before the send had been recorded.
local found = {}
for _, member in ipairs(call('ZRANGE', base .. 'late', 0, ARGV[3] - 1)) do
  local ulid, hash = member:match('^(%w+) ?(.*)$')
  local m = load(ulid)
  if m then
    local early = hash ~= '' and call('HGET', base .. 'e:' .. hash, 'failed')
    found[#found + 1] = { member, m.s, m.g, m.f or '', early or '' }
  else
    call('ZREM', base .. 'late', member)
  end
end
return found
