-- Takes out of a message whatever tells of its recipient; its stub stays, so that late callbacks find it. What waits is cancelled first, what is held
-- is given up. ARGV: 3 ulid, 4 ms after which a call under way is given up too: whoever made it is dead.
-- Answers under_way, or erased and how it ended by it: '' | cancelled | failed.
local ulid = ARGV[3]
local m = load(ulid)
if not m then return { 'unknown' } end
local record, ended = base .. 'm:' .. ulid, ''
if m.s == 'held' or (m.s == 'accepted' and m.ct) then
  local since = tonumber(call('HGET', record, 'ca') or 0)
  if m.s == 'accepted' and now - since < tonumber(ARGV[4]) then return { 'under_way' } end
  settle(ulid, m, 'failed', '{"what":"discarded","code":"outcome_unknown"}', 'f', 'outcome_unknown')
  ended = 'failed'
elseif m.s == 'accepted' then
  settle(ulid, m, 'cancelled', '{"what":"cancelled"}')
  ended = 'cancelled'
end
call('ZREM', base .. 'r:' .. m.r, ulid)
call('HDEL', record, 'x')
call('HSET', record, 'r', 'erased', 'c', 'erased', 'er', stamp)
call('UNLINK', base .. 's:' .. ulid)
-- Of the timeline only what is ours is left: none of the provider's words.
local OURS = { 'what', 'generation', 'attempt', 'status', 'providerAt', 'code', 'durationMs', 'afterMs' }
for at, line in ipairs(call('LRANGE', base .. 'h:' .. ulid, 0, -1)) do
  local ms, json = line:match('^(%d+) (.*)$')
  local readable, entry = pcall(cjson.decode, json or '')
  local left = { what = 'unreadable' }
  if readable and type(entry) == 'table' then
    for _, name in ipairs(OURS) do left[name] = entry[name] end
  end
  call('LSET', base .. 'h:' .. ulid, at - 1, (ms or stamp) .. ' ' .. cjson.encode(left))
end
log(ulid, '{"what":"erased"}')
return { 'erased', ended }
