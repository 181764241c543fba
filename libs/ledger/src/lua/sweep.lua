-- Repairs and ends. ARGV: 3 ms a head may be idle before it is looked at, 4 ms a held message blocks its conversation,
-- 5 how many of each at most, 6 ulid below which the index is trimmed, 7 hold | resend: what becomes of a held message then,
-- 8 timeline entry (json) of a resend, 9 ms after which a held message is given up, 10 timeline entry of that.
local limit = tonumber(ARGV[5])
local readded, expired, passed, resent, ended = 0, 0, 0, 0, 0
local idle = call('ZRANGEBYSCORE', base .. 'work', '-inf', now - tonumber(ARGV[3]), 'LIMIT', 0, limit)
for _, conversation in ipairs(idle) do
  call('ZADD', base .. 'work', 'XX', now, conversation)
  local head = call('LINDEX', base .. 'c:' .. conversation, 0)
  local m = head and load(head)
  if not head then
    call('ZREM', base .. 'work', conversation)
  elseif not m or RANK[m.s] > RANK.held then
    leave(head, conversation) -- settled or gone, and yet in line: make room
  elseif m.s == 'accepted' and not m.ct and now >= m.ea then
    -- Those behind it first, so that none of them gets a job: where the channel is paused, nobody else ends them.
    local behind = call('LINDEX', base .. 'c:' .. conversation, 1)
    local next = behind and load(behind)
    while next and next.s == 'accepted' and not next.ct and now >= next.ea and expired < limit do
      settle(behind, next, 'expired', '{"what":"expired"}')
      expired = expired + 1
      behind = call('LINDEX', base .. 'c:' .. conversation, 1)
      next = behind and load(behind)
    end
    settle(head, m, 'expired', '{"what":"expired"}')
    expired = expired + 1
  elseif m.s == 'accepted' and call('EXISTS', queue .. job_id(head, m.g)) == 0 then
    add_send_job(head, m.g, m.l, m.k, 'send', 0)
    log(head, '{"what":"repaired","note":"the head of a conversation had no job"}')
    readded = readded + 1
  end
end
for _, ulid in ipairs(call('ZRANGEBYSCORE', base .. 'held', '-inf', now - tonumber(ARGV[4]), 'LIMIT', 0, limit)) do
  local m = load(ulid)
  if not m or m.s ~= 'held' then
    forget_held(ulid)
  elseif ARGV[7] == 'resend' and now < m.ea and call('HSETNX', base .. 'm:' .. ulid, 'rs', 1) == 1 then
    -- Once: a second time without an answer is for people.
    revive(ulid, m, ARGV[8], 'd', 1, 'hg', m.g)
    resent = resent + 1
  else
    call('ZREM', base .. 'held', ulid)
    call('ZADD', base .. 'unsettled', 'NX', now, ulid)
    leave(ulid, m.c)
    log(ulid, '{"what":"passed","note":"later messages of the conversation no longer wait for it"}')
    passed = passed + 1
  end
end
for _, ulid in ipairs(call('ZRANGEBYSCORE', base .. 'unsettled', '-inf', now - tonumber(ARGV[9]), 'LIMIT', 0, limit)) do
  local m = load(ulid)
  if m and m.s == 'held' then
    settle(ulid, m, 'failed', ARGV[10], 'f', 'outcome_unknown')
    call('ZADD', base .. 'late', now, ulid)
    ended = ended + 1
  else
    forget_held(ulid)
  end
end
trim_events()
call('ZREMRANGEBYLEX', base .. 'ix', '-', '(' .. ARGV[6])
-- The last: whether there are more heads to look at.
return { readded, expired, passed, resent, ended, (#idle == limit and 1) or 0 }
