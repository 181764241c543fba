-- Gives a held message up: it failed, as far as anybody knows. ARGV: 3 ulid, 4 timeline entry (json). Its dead letter is
-- written by whoever asks; `late` remembers that it is missing until then.
local ulid = ARGV[3]
local m = load(ulid)
if not m then return { 'unknown' } end
if m.s == 'failed' and m.f == 'outcome_unknown' then return { 'discarded', m.g } end
if m.s ~= 'held' then return { 'not_held', m.s } end
settle(ulid, m, 'failed', ARGV[4], 'f', 'outcome_unknown')
call('ZADD', base .. 'late', now, ulid)
return { 'discarded', m.g }
