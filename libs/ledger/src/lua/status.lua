-- A status callback. ARGV: 3 hash of the provider's id, 4 its sealed form, 5 our ulid or '', 6 status, 7 timeline entry
-- (json), 8 failure code or '', 9 sealed data for the event of the status, or '', 10 sealed data for the unmatched event,
-- 11 fingerprint of the whole update; of a failure: 12 '' final | ask (what has been tried is answered, nothing is done) | again,
-- then: 13 ms, 14 "1" if it spends the attempt, 15 message | recipient | channel, 16 ms which that one waits, 17 the generation it is
-- about, 18 timeline entry (json), 19 "1" if it may be out all the same.
local hash, ulid, status, json = ARGV[3], ARGV[5], ARGV[6], ARGV[7]
local pointer = call('GET', base .. 'p:' .. hash)
local generation
if pointer then
  local kind, id, g = pointer:match('^(%a) (%w+) ?(%d*)$')
  if kind == 'o' then ulid, generation = id, g end
end
local m = ulid ~= '' and load(ulid) or nil
if not m then
  local early = base .. 'e:' .. hash
  if call('HSETNX', early, status, json) == 1 then call('EXPIRE', early, DAY) end
  if call('SET', base .. 'd:' .. ARGV[11], 1, 'NX', 'EX', DAY) then event('status.unmatched', '', 0, 'x', ARGV[10]) end
  return { 'unmatched' }
end
local record = base .. 'm:' .. ulid
-- The life before this one, if nobody knows yet whether it went out.
local unknown = call('HGET', record, 'hg')
if not generation then
  if status == 'failed' and m.s == 'accepted' and m.ct then
    -- Its answer is on its way and may name another id: only with it one can tell which try failed.
    local early = base .. 'e:' .. hash
    if call('HSETNX', early, status, json) == 1 then call('EXPIRE', early, DAY) end
    call('ZADD', base .. 'late', 'NX', now, ulid .. ' ' .. hash)
    return { 'unmatched' }
  end
  -- Matched by our own id alone: the answer was lost, or has not been recorded yet. The status says that it is out.
  generation = (m.x and m.g ~= '1' and tostring(m.g - 1)) or unknown or m.g
  call('SET', base .. 'p:' .. hash, 'o ' .. ulid .. ' ' .. generation, 'EX', STUB_SECONDS)
  if not m.x and not m.er then call('HSET', record, 'x', ARGV[4]) end
end
-- A failure of an older life says nothing of this one, nor does it that the older one was sent, unless this one is only there because
-- nobody knew. A delivery counts: the recipient has the message.
local counts = RANK[status] > RANK[m.s]
  and (generation == m.g or RANK[status] >= RANK.delivered or (generation == unknown and status ~= 'failed'))
if not counts then
  -- If it is dead, it died in its present life, whichever this callback is of.
  return { 'repeat', ulid, (m.s == 'failed' and m.g) or generation, m.s, m.er or '' }
end
if status == 'failed' then
  local lives = now < m.ea and call('EXISTS', base .. 's:' .. ulid) == 1
  if ARGV[12] == 'ask' and lives then return { 'late', ulid, generation, tostring(m.a), tostring(m.w) } end
  if ARGV[12] == 'again' and m.g ~= ARGV[17] then return { 'repeat', ulid, generation, m.s } end
  -- Whatever goes out next, it is not the message that the provider told of.
  call('HINCRBY', record, 'ids', 1)
  if ARGV[12] == 'again' and lives and now + tonumber(ARGV[13]) < m.ea then
    log(ulid, json)
    rest(ulid, m, ARGV[13], ARGV[14], ARGV[15], ARGV[16])
    if ARGV[19] == '1' then call('HSET', record, 'd', 1) end
    revive(ulid, m, ARGV[18])
    return { 'applied', ulid, generation, m.s }
  end
  call('HSET', record, 'f', ARGV[8])
end
own_data = ARGV[9] ~= '' and not m.er and ARGV[9]
if RANK[m.s] < RANK.submitted then
  settle(ulid, m, status, json)
else
  move(ulid, m, status, json)
  own_data = nil
  if status == 'failed' then retire(ulid, m, status) end
end
if status == 'failed' then heed(ulid, m, ARGV[8]) end
return { 'applied', ulid, generation, m.s, m.er or '' }
