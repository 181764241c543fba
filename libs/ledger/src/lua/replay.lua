-- A new life of a failed message, at the tail of its conversation. ARGV: 3 ulid, 4 the generation that failed,
-- 5 life in ms, 6 timeline entry (json). Its old callbacks still find it; a second replay of the same life does nothing.
local ulid = ARGV[3]
local m = load(ulid)
if not m then return { 'unknown' } end
if tonumber(m.g) > tonumber(ARGV[4]) then return { 'repeat' } end
if m.s ~= 'failed' then return { 'not_failed' } end
if call('EXISTS', base .. 's:' .. ulid) == 0 then return { 'content_gone' } end
call('HDEL', base .. 'm:' .. ulid, 'na', 'rs')
local life = now + tonumber(ARGV[5])
if m.f == 'outcome_unknown' then
  -- Given up without knowing: it may be out.
  revive(ulid, m, ARGV[6], 'a', 0, 'w', 0, 'ea', life, 'd', 1, 'hg', m.g)
else
  revive(ulid, m, ARGV[6], 'a', 0, 'w', 0, 'ea', life)
end
return { 'replayed' }
