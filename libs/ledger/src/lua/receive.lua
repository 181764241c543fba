-- A received message, once. ARGV: 3 hash of the provider's id, 4 ulid, 5 sealed message, 6 fingerprint of what was said, 7 when it was
-- written in ms (0: it opens no window), 8 '' | out | in: what it says of marketing, 9 sealed data of that event, 10 when it came here in ms, 11 on: hashes of who wrote.
-- The same id with other words is another message: better shown twice than lost.
local erased = false
for at = 11, #ARGV do
  local since = tonumber(call('GET', base .. 'er:' .. ARGV[at]))
  erased = erased or since
  -- It waited somewhere while its writer was erased.
  if since and since > tonumber(ARGV[10]) then return { 'erased' } end
end
if not call('SET', base .. 'd:' .. ARGV[6], 1, 'NX', 'EX', STUB_SECONDS) then return { (erased and 'erased') or 'repeat' } end
call('SET', base .. 'p:' .. ARGV[3], 'i ' .. ARGV[4], 'NX', 'EX', STUB_SECONDS)
local keep, life = kept_ms(), STUB_SECONDS * 1000
-- At least until those who are to be told of it have been; `told` ends it then.
if keep then life = math.max(keep, (call('EXISTS', base .. 'fan') == 1 and TOLD_MS) or READ_MS) end
call('SET', base .. 'i:' .. ARGV[4], ARGV[5], 'PX', int(life))
event('message.received', ARGV[4], 0)
local wrote, changed = math.min(tonumber(ARGV[7]), now), false
for at = 11, #ARGV do
  local hash = ARGV[at]
  if wrote + WINDOW_MS > now and wrote > (wrote_at(hash) or 0) then
    call('SET', base .. 'in:' .. hash, int(wrote), 'PXAT', int(wrote + WINDOW_MS))
  end
  if ARGV[8] ~= '' and opt(hash, ARGV[8], wrote, 'word') then changed = true end
end
if changed then event('recipient.opted_' .. ARGV[8], '', 0, 'x', ARGV[9]) end
return { 'received' }
