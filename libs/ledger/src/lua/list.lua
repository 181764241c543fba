-- Messages, newest first. ARGV: 3 recipient hash or '', 4 provider id's hash or '', 5 ulid to go on from (exclusive) or '', 6 how many.
local ulids
if ARGV[4] ~= '' then
  local pointer = call('GET', base .. 'p:' .. ARGV[4])
  local ulid = pointer and pointer:match('^o (%w+)')
  ulids = { ulid }
else
  local index = base .. ((ARGV[3] == '' and 'ix') or ('r:' .. ARGV[3]))
  ulids = call('ZREVRANGEBYLEX', index, (ARGV[5] == '' and '+') or ('(' .. ARGV[5]), '-', 'LIMIT', 0, ARGV[6])
end
local found = {}
for _, ulid in ipairs(ulids) do
  local record = call('HGETALL', base .. 'm:' .. ulid)
  if #record > 0 then found[#found + 1] = { ulid, record, call('GET', base .. 's:' .. ulid) or '' } end
end
return found
