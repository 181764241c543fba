-- A message with sendAt came due. ARGV: 3 ulid, 4 generation. Repeated, it does nothing.
local ulid = ARGV[3]
local m = load(ulid)
if not m or m.g ~= ARGV[4] or m.s ~= 'accepted' or not m.sa then return 0 end
call('HDEL', base .. 'm:' .. ulid, 'sa')
log(ulid, '{"what":"joined"}')
join(ulid, m)
return 1
