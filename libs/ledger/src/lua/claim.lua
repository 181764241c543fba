-- The intent, right before the call. ARGV: 3 ulid, 4 generation, 5 claim token, 6 ms per token of the recipient's bucket
-- (0: none), 7 its burst, 8 '1': its files are ready, 9 ms between two sends of the channel (0: none), 10 the slot given before (0: none).
local EARLY_MS = 5         -- a slot so near is now
local BUNCH_MS = 25        -- who comes late to a slot may leave together with the next ones, but only so far ahead of the pace
local SLOTS_MOST_MS = 250  -- slots are given so far ahead: longer, and a message of a higher lane would wait behind them
local KEPT_MS = 10000      -- a place in the pace that is past counts for nothing; it is let go of later
local ulid = ARGV[3]
local m = load(ulid)
if not m or m.g ~= ARGV[4] then return { 'settled' } end
if m.s == 'failed' then return { 'dead', m.f or '' } end
if m.s ~= 'accepted' or call('LINDEX', base .. 'c:' .. m.c, 0) ~= ulid then return { 'settled' } end
local bucket = base .. 'b:' .. m.r
local gates = call('MGET', base .. 'state', base .. 'quarantine', base .. 'thr', base .. 'w:' .. m.r, bucket, base .. 'slot', base .. 'left')
-- After a restart or a fail-over nothing is granted for a moment: what workers know of their last claims may be missing here.
local quarantine = tonumber(gates[2] or 0)
if quarantine > now then return { 'wait', int(quarantine - now), 'quarantine' } end
-- The same claim again is one whose answer was lost with its connection: nothing was sent.
if m.ct and m.ct ~= ARGV[5] then
  -- Whoever claimed it died, or lost its lock, between the intent and the result: the message may be out.
  hold(ulid, m, '{"what":"held","attempt":' .. m.a .. ',"code":"no_answer","note":"the worker ended between claim and record"}')
  return { 'held' }
end
if now >= m.ea then
  settle(ulid, m, 'expired', '{"what":"expired"}')
  return { 'settled' }
end
-- What they said since it was accepted, or since its last life, counts too.
if m.mk and wants_no_marketing(m.r) then
  settle(ulid, m, 'failed', '{"what":"opted_out","code":"recipient_opted_out","note":"they opted out of marketing before it went out"}', 'f', 'recipient_opted_out')
  return { 'dead', 'recipient_opted_out' }
end
if gates[1] ~= 'open' and gates[1] ~= 'draining' then return { 'wait', '60000' } end

local free_at = math.max(m.na, tonumber(gates[3] or 0), tonumber(gates[4] or 0))
local every, burst = tonumber(ARGV[6]), tonumber(ARGV[7])
local full_at = math.max(now, tonumber(gates[5] or 0)) -- when the bucket is full again (GCRA)
if every > 0 then free_at = math.max(free_at, full_at - (burst - 1) * every) end
if free_at > now then return { 'wait', int(free_at - now) } end
-- What can fail without sending comes before the intent.
if m.fi and ARGV[8] ~= '1' then return { 'prepare', call('GET', base .. 's:' .. ulid) or '' } end
-- The channel's sends leave one by one: whoever comes early is given a slot, and claims again when it has come. What is kept is the
-- pace of those who really leave (GCRA).
local spacing, given = tonumber(ARGV[9]), tonumber(ARGV[10])
if spacing > 0 then
  local left = math.max(now, tonumber(gates[7] or 0))
  if given == 0 or left > now + BUNCH_MS then
    local slot = math.max(now, left - BUNCH_MS, tonumber(gates[6] or 0))
    if slot > now + SLOTS_MOST_MS then return { 'wait', int(slot - now) } end
    call('SET', base .. 'slot', string.format('%.2f', slot + spacing), 'PX', int(math.ceil(slot + spacing - now) + KEPT_MS))
    if slot > now + EARLY_MS then return { 'slot', int(slot), int(math.ceil(slot - now)) } end
  end
  call('SET', base .. 'left', string.format('%.2f', left + spacing), 'PX', int(math.ceil(left + spacing - now) + KEPT_MS))
end
if every > 0 then
  local until_ms = int(full_at + every)
  call('SET', bucket, until_ms, 'PXAT', until_ms)
end

local attempt = int((m.ct and m.a) or m.a + 1)
call('HSET', base .. 'm:' .. ulid, 'ct', ARGV[5], 'ca', stamp, 'a', attempt)
return { 'go', attempt, int(m.w), call('GET', base .. 's:' .. ulid) or '', m.ids }
