-- Cancels while possible: before the intent to send. ARGV: 3 ulid.
local ulid = ARGV[3]
local m = load(ulid)
if not m then return { 'unknown' } end
if m.s == 'cancelled' then return { 'cancelled' } end
if m.s ~= 'accepted' or m.ct then return { 'too_late', (m.ct and 'sending') or m.s } end
settle(ulid, m, 'cancelled', '{"what":"cancelled"}')
return { 'cancelled' }
