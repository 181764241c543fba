-- Sends a held message again, as a new life that may be a duplicate. ARGV: 3 ulid, 4 life in ms, 5 timeline entry (json).
local ulid = ARGV[3]
local m = load(ulid)
if not m then return { 'unknown' } end
if m.s ~= 'held' then return { 'not_held', m.s } end
if call('EXISTS', base .. 's:' .. ulid) == 0 then return { 'content_gone' } end
local passed = not call('ZSCORE', base .. 'held', ulid)
if passed then call('HSET', base .. 'm:' .. ulid, 'oo', 1) end
call('HDEL', base .. 'm:' .. ulid, 'na')
revive(ulid, m, ARGV[5], 'a', 0, 'w', 0, 'd', 1, 'hg', m.g, 'ea', now + tonumber(ARGV[4]))
if passed then log(ulid, '{"what":"out_of_order","note":"later messages of its conversation no longer waited for it"}') end
return { 'released' }
