-- A new life of a failed message, at the tail of its conversation. ARGV: 3 ulid, 4 the generation that failed,
-- 5 life in ms, 6 timeline entry (json). Its old callbacks still find it; a second replay of the same life does nothing.
local ulid = ARGV[3]
local m = load(ulid)
if not m then return { 'unknown' } end
if tonumber(m.g) > tonumber(ARGV[4]) then return { 'repeat' } end
if m.s ~= 'failed' then return { 'not_failed' } end
if call('EXISTS', base .. 's:' .. ulid) == 0 then return { 'content_gone' } end
local record = base .. 'm:' .. ulid
m.g = tostring(m.g + 1)
call('HSET', record, 'g', m.g, 'a', 0, 'w', 0, 'ea', now + tonumber(ARGV[5]))
call('HDEL', record, 'f', 'x', 'na', 'sa', 'ct', 'ca')
call('PERSIST', record)
call('PERSIST', base .. 'h:' .. ulid)
call('PERSIST', base .. 's:' .. ulid)
move(ulid, m, 'accepted', ARGV[6])
join(ulid, m)
return { 'replayed' }
