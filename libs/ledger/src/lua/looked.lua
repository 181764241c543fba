-- A look-up of a held message that settled nothing. ARGV: 3 ulid, 4 generation, 5 timeline entry (json).
local ulid = ARGV[3]
local m = load(ulid)
if not m or m.s ~= 'held' or m.g ~= ARGV[4] then return 0 end
call('HINCRBY', base .. 'm:' .. ulid, 'lu', 1)
call('HSET', base .. 'm:' .. ulid, 'la', now)
log(ulid, ARGV[5])
return 1
