-- After an older copy of Redis was restored: holds what was waiting in it and may have gone out since. ARGV: 3 ms, the time of
-- the copy (what came in that very ms is taken for being in it), 4 ulid to go on after or '', 5 how many to look at, 6 "1": only counts, 7 timeline entry (json).
-- Messages accepted later are new, and those whose time has not come were not sent.
local ulids = call('ZRANGEBYLEX', base .. 'ix', (ARGV[4] == '' and '-') or ('(' .. ARGV[4]), '+', 'LIMIT', 0, ARGV[5])
local found = 0
for _, ulid in ipairs(ulids) do
  local m = load(ulid)
  local accepted_at = m and tonumber(call('HGET', base .. 'm:' .. ulid, 'at') or 0)
  if m and m.s == 'accepted' and accepted_at <= tonumber(ARGV[3]) and (not m.sa or tonumber(m.sa) <= now) then
    found = found + 1
    if ARGV[6] ~= '1' then
      -- Without the one resend that a policy has: people, or evidence, decide.
      call('HSET', base .. 'm:' .. ulid, 'rs', 1, 'd', 1)
      if m.sa then
        -- Its time came after the copy was made: it never joined its conversation.
        call('HDEL', base .. 'm:' .. ulid, 'sa')
        call('RPUSH', base .. 'c:' .. m.c, ulid)
      end
      hold(ulid, m, ARGV[7])
    end
  end
end
return { tostring(found), ulids[#ulids] or '' }
