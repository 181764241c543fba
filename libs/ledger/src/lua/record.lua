-- The result, right after the call. ARGV: 3 ulid, 4 generation, 5 claim token, 6 timeline entry (json),
-- 7 done | later | hold | dead, then: done: 8 hash and 9 sealed form of the provider's id;
-- later: 8 ms, 9 "1" if it spends the attempt, 10 message | recipient | channel, 12 ms which
-- that one waits, 11 "1" if it may be out all the same, 13 "1" if our id is used up;
-- hold, dead: 8 failure code, 9 "1" if our id is used up.
local ulid, token, json, kind = ARGV[3], ARGV[5], ARGV[6], ARGV[7]
local record = base .. 'm:' .. ulid
local m = load(ulid)
if not m then return { 'stale' } end
local ours = m.g == ARGV[4] and m.ct == token

if kind == 'done' then
  -- Evidence, whoever brings it: the provider has the message under this id.
  call('SET', base .. 'p:' .. ARGV[8], 'o ' .. ulid .. ' ' .. ARGV[4], 'EX', STUB_SECONDS)
  -- Or of the one before, if this one is only there because nobody knew.
  local this_life = m.g == ARGV[4] or call('HGET', record, 'hg') == ARGV[4]
  if this_life and RANK.submitted > RANK[m.s] then
    settle(ulid, m, 'submitted', json, 'x', m.x or ARGV[9])
  else
    if this_life and not m.x and not m.er then call('HSET', record, 'x', ARGV[9]) end
    log(ulid, json)
  end
  -- Statuses may have come before this answer was written down.
  local early = base .. 'e:' .. ARGV[8]
  local order = { 'sent', 'delivered', 'read', 'played', 'failed' }
  local came
  for at, told in ipairs(call('HMGET', early, unpack(order))) do
    local status = order[at]
    came = came or told
    if told and this_life and RANK[status] > RANK[m.s] then
      if status == 'failed' then
        -- Whether it is tried again is decided outside; the sweep does that.
        call('ZADD', base .. 'late', now, ulid .. ' ' .. ARGV[8])
        return { (ours and 'recorded') or 'stale', m.s }
      end
      move(ulid, m, status, told)
    end
  end
  if came then call('DEL', early) end
  return { (ours and 'recorded') or 'stale', m.s }
end

if not ours then
  log(ulid, json)
  return { 'stale', m.s }
end
if kind == 'later' then
  call('HDEL', record, 'ct', 'ca')
  rest(ulid, m, ARGV[8], ARGV[9], ARGV[10], ARGV[12])
  if ARGV[11] == '1' then call('HSET', record, 'd', 1) end
  if ARGV[13] == '1' then call('HINCRBY', record, 'ids', 1) end
  log(ulid, json)
elseif kind == 'hold' then
  hold(ulid, m, json)
else
  if ARGV[9] == '1' then call('HINCRBY', record, 'ids', 1) end
  settle(ulid, m, 'failed', json, 'f', ARGV[8])
  heed(ulid, m, ARGV[8])
end
return { 'recorded', m.s }
