-- How long content is kept from now on. ARGV: 3 ms, or '' for the defaults. Answers 1 where what ended before may be there for longer.
local wanted = tonumber(ARGV[3])
if not wanted then
  call('DEL', base .. 'keep', base .. 'kept')
  return 0
end
if call('GET', base .. 'keep') ~= ARGV[3] then call('SET', base .. 'keep', ARGV[3]) end
local kept = tonumber(call('GET', base .. 'kept'))
if not kept or kept > wanted then return 1 end
-- What ends from now on stays for longer than what ended before.
if kept < wanted then call('SET', base .. 'kept', ARGV[3]) end
return 0
