-- Ends what waits, for a channel that goes away; newest first, so that nobody behind is called up in between. A message with an open claim
-- stays: its call is under way. ARGV: 3 how many at most, 4 ulid to go on from (exclusive) or '', 5 timeline entry (json),
-- 6 only what is held: 1 or 0. Answers the ulid to go on from ('' at the end), how many were ended, conversations and failures left.
local ulids = call('ZREVRANGEBYLEX', base .. 'ix', (ARGV[4] == '' and '+') or ('(' .. ARGV[4]), '-', 'LIMIT', 0, ARGV[3])
local buried, last = 0, ''
for _, ulid in ipairs(ulids) do
  last = ulid
  local m = load(ulid)
  local code = m and ((m.s == 'held' and 'outcome_unknown') or (m.s == 'accepted' and not m.ct and ARGV[6] == '0' and 'channel_removed'))
  if code then
    settle(ulid, m, 'failed', ARGV[5], 'f', code)
    call('ZADD', base .. 'late', now, ulid)
    buried = buried + 1
  end
end
if #ulids < tonumber(ARGV[3]) then last = '' end
return { last, tostring(buried), tostring(call('ZCARD', base .. 'work')), tostring(call('ZCARD', base .. 'late')) }
