-- Repairs and ends. ARGV: 3 ms a head may be idle before it is looked at, 4 ms a held message blocks its conversation,
-- 5 how many of each at most, 6 ulid below which the index is trimmed.
local limit = tonumber(ARGV[5])
local readded, expired, passed = 0, 0, 0
for _, conversation in ipairs(call('ZRANGEBYSCORE', base .. 'work', '-inf', now - tonumber(ARGV[3]), 'LIMIT', 0, limit)) do
  call('ZADD', base .. 'work', 'XX', now, conversation)
  local head = call('LINDEX', base .. 'c:' .. conversation, 0)
  local m = head and load(head)
  if not head then
    call('ZREM', base .. 'work', conversation)
  elseif not m or RANK[m.s] > RANK.held then
    leave(head, conversation) -- settled or gone, and yet in line: make room
  elseif m.s == 'accepted' and not m.ct and now >= m.ea then
    settle(head, m, 'expired', '{"what":"expired"}')
    expired = expired + 1
  elseif m.s == 'accepted' and call('EXISTS', queue .. job_id(head, m.g)) == 0 then
    add_send_job(head, m.g, m.l, m.k, 'send', 0)
    log(head, '{"what":"repaired","note":"the head of a conversation had no job"}')
    readded = readded + 1
  end
end
for _, ulid in ipairs(call('ZRANGEBYSCORE', base .. 'held', '-inf', now - tonumber(ARGV[4]), 'LIMIT', 0, limit)) do
  call('ZREM', base .. 'held', ulid)
  local m = load(ulid)
  if m and m.s == 'held' then
    leave(ulid, m.c)
    log(ulid, '{"what":"passed","note":"later messages of the conversation no longer wait for it"}')
    passed = passed + 1
  end
end
call('ZREMRANGEBYLEX', base .. 'ix', '-', '(' .. ARGV[6])
return { readded, expired, passed }
