-- A status callback. ARGV: 3 hash of the provider's id, 4 its sealed form, 5 our ulid or '', 6 status, 7 timeline entry
-- (json), 8 failure code or '', 9 seconds an early status is kept, 10 sealed data for the unmatched event,
-- 11 fingerprint of the whole update.
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
  if call('HSETNX', early, status, json) == 1 then call('EXPIRE', early, ARGV[9]) end
  if call('SET', base .. 'd:' .. ARGV[11], 1, 'NX', 'EX', DAY) then event('status.unmatched', '', 0, 'x', ARGV[10]) end
  return { 'unmatched' }
end
if not generation then
  -- Matched by our own id alone: the answer was lost, or has not been recorded yet. The status says that it is out.
  generation = m.g
  call('SET', base .. 'p:' .. hash, 'o ' .. ulid .. ' ' .. m.g, 'EX', STUB_SECONDS)
  if not m.x then call('HSET', base .. 'm:' .. ulid, 'x', ARGV[4]) end
end
-- A failure of an older life says nothing of this one; a delivery of it counts: the recipient has the message.
local counts = RANK[status] > RANK[m.s] and (generation == m.g or status ~= 'failed')
if not counts then
  return { 'repeat', ulid, generation, m.s }
end
if status == 'failed' then call('HSET', base .. 'm:' .. ulid, 'f', ARGV[8]) end
if RANK[m.s] < RANK.submitted then
  settle(ulid, m, status, json)
else
  move(ulid, m, status, json)
  if status == 'failed' then retire(ulid, status) end
end
return { 'applied', ulid, generation, m.s }
