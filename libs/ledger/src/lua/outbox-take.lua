-- Takes a channel to fan it out: what comes after the cursor. ARGV: 3 token of who takes it, 4 ms it is theirs, 5 how many; of who has
-- handed over what was taken before: 6 the cursor it came from, 7 the cursor after it (or '' and '').
-- It is given back when nothing more is found, in the same moment: so no event falls between a last look and giving back.
local cursor = call('GET', base .. 'fan')
if not cursor then return { 'closed' } end
if not call('SET', base .. 'lock', ARGV[3], 'NX', 'PX', ARGV[4]) then
  if call('GET', base .. 'lock') ~= ARGV[3] then return { 'busy' } end
  call('PEXPIRE', base .. 'lock', ARGV[4])
end
-- Only from where it was: who was slow, and lost the channel to another meanwhile, does not turn it back.
if ARGV[7] ~= '' and cursor == ARGV[6] then
  cursor = ARGV[7]
  call('SET', base .. 'fan', cursor)
end
-- From this look on whoever writes calls again.
call('DEL', base .. 'hint')
local found = pointers('(' .. cursor, ARGV[5])
if #found == 0 then
  call('DEL', base .. 'lock')
  trim_events()
  return { 'taken', cursor, '0', tostring(now) }
end
-- The end of the log was reached while nobody fanned out: the one way to miss events, so it is told.
local missed = call('XLEN', base .. 'ev') >= tonumber(EVENTS_MOST) and call('XRANGE', base .. 'ev', '-', '+', 'COUNT', 1)[1][1] == found[1][1]
return { 'taken', cursor, (missed and '1') or '0', tostring(now), found }
