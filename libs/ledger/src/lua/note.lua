-- News, or what was not recognised, once per fingerprint. ARGV: 3 fingerprint, 4 event type, 5 sealed data.
if not call('SET', base .. 'd:' .. ARGV[3], 1, 'NX', 'EX', DAY) then return { 'repeat' } end
event(ARGV[4], '', 0, 'x', ARGV[5])
return { 'noted' }
