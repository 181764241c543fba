-- A worker tells of a claim of its own, after Redis was restarted or another took over. ARGV: 3 ulid, 4 generation, 5 claim token,
-- 6 attempt, 7 "1" if it knows that the provider took the message.
-- kept: nothing is missing. open: the claim stands (again), its result is still to be recorded. evidence: the claim is not ours
-- any more, but the provider has the message. lost: nobody can use it here.
local ulid, token, attempt = ARGV[3], ARGV[5], tonumber(ARGV[6])
local m = load(ulid)
if not m then return { 'lost' } end
if RANK[m.s] >= RANK.submitted and m.g == ARGV[4] then return { 'kept' } end
if m.g ~= ARGV[4] or m.s ~= 'accepted' or (m.ct and m.ct ~= token) then return { (ARGV[7] == '1' and 'evidence') or 'lost' } end
if m.ct then return { 'open' } end
-- Claimed, recorded, and to be tried again.
if m.a >= attempt then return { 'kept' } end
call('HSET', base .. 'm:' .. ulid, 'ct', token, 'ca', now, 'a', attempt)
log(ulid, '{"what":"restored","attempt":' .. attempt .. ',"note":"Redis had lost the claim; its worker wrote it back"}')
return { 'open' }
