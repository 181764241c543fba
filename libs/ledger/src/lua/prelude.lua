-- Shared by all scripts of the ledger; the queue's add_job(queue, id, name, data, priority, delay, now) stands above it.
-- KEYS[1] the channel's base "posthorn:{<channel>}:", KEYS[2] the key prefix of its send queue. Every other key is built
-- from the base, so it lies in the same slot. ARGV[1] channel id, ARGV[2] the time in ms (0: ask Redis; tests pass one in).
--
-- m:<ulid> the record (a hash):  t tenant · g generation · s status · u status since · l lane · c conversation · r recipient hash
--   at accepted · ea expires · sa send at · na not before · a attempts · w waits in a row · ct claim token · ca claimed at
--   x provider's id, sealed · f failure code · d possible duplicate · k traceparent · ids used up at the provider, counted
--   oo others of its conversation went first · rs resent once, by policy · hg the life before, of which nobody knows whether it went out · lu look-ups made, la the last one at · fi names files to be made ready · mk is marketing · er erased since: nothing of a person is left in it, nor comes back
-- s:<ulid> sealed content · h:<ulid> timeline, "<ms> <json>" each · c:<conversation> waiting messages, head first
-- work conversations with messages, by when their head was last looked at · held messages that block their conversation, by since when
-- unsettled all held messages, by since when · late "<ulid> <hash>?" failures still to be dealt with, by since when
-- p:<hash of provider id> "o <ulid> <generation>" or "i <ulid>" · e:<hash> statuses that came early, "<status>" → "<json>"
-- d:<fingerprint> told already, so a repeat · i:<ulid> a received message · ix all messages · r:<recipient hash> messages of one recipient
-- ev the event log and outbox · x:<position> sealed data of an event that is about no message, or of what a provider told besides · fan how far the log has been fanned out; it is
--   there only while someone subscribes · lock who fans it out now · live someone listens now · hint they have been called, and come
-- keep how long content is kept, in ms, where the tenant says so · kept which of these what ended before has been brought in line with · told:<position> who has been told of an event
-- er:<recipient hash> what they wrote before that time was erased
-- optouts what recipients said of marketing, by hash: "out|in <ms> <source>" · in:<recipient hash> when they last wrote, for as long as that counts
-- w:<recipient hash>, thr and tok (no access token): not before this time; each with :since · b:<recipient hash> the recipient's token bucket · slot the channel's next free slot, left when the next send may leave without being early · pause reasons · state · quarantine until then no claims · run of the server that keeps it
local base, queue, channel = KEYS[1], KEYS[2], ARGV[1]
local call = redis.call
-- What is only handed on is text: a number that a script gives to Redis is printed with 17 digits first, which takes as long as the command.
local stamp = ARGV[2]
if stamp == '0' then
  local time = call('TIME')
  stamp = time[1] .. string.format('%03d', math.floor(time[2] / 1000))
end
local now = tonumber(stamp)
local function int(number) return string.format('%d', number) end

local DAY = '86400'
local STUB_SECONDS = '2678400'    -- 31 days: statuses come that late; a failed message can be replayed that long
local INDEX_SECONDS = '5356800'   -- twice that
local CONTENT_SECONDS = '604800'  -- 7 days
local DATA_SECONDS = '691200'     -- 8 days: longer than the days of retries of an event
local EVENTS_KEPT = 100000        -- trimmed to this as far as the log has been fanned out
local EVENTS_MOST = '1000000'     -- the end of it, fanned out or not: about 100 MB
local TIMELINE_MOST = 299       -- and the accept, which the record itself tells of
local HINT_MS = 100
local FINAL_MS = 604800000      -- 7 days: content of a message that is out, and may still fail late
local TOLD_MS = 691200000       -- as DATA_SECONDS
local READ_MS = 3600000         -- what was received can be read for so long at least
local WINDOW_MS = 86400000      -- free text may be sent for so long after a recipient wrote
local PRIORITY = { high = 0, normal = 1, bulk = 2 }
local RANK = { accepted = 0, held = 1, submitted = 2, sent = 3, failed = 4, expired = 4, cancelled = 4, delivered = 5, read = 6, played = 7 }

local function load(ulid)
  local f = call('HMGET', base .. 'm:' .. ulid, 'g', 's', 'c', 'r', 'l', 'ct', 'na', 'ea', 'a', 'w', 'x', 'f', 'sa', 'k', 'ids', 'fi', 'mk', 'er')
  if not f[1] then return nil end
  return { g = f[1], s = f[2], c = f[3], r = f[4], l = f[5], ct = f[6], na = tonumber(f[7] or 0), ea = tonumber(f[8]),
    a = tonumber(f[9] or 0), w = tonumber(f[10] or 0), x = f[11], f = f[12], sa = f[13], k = f[14], ids = f[15] or '0', fi = f[16], mk = f[17], er = f[18] }
end

-- A timeline has a bound: from there on, each new entry pushes out the oldest one after the first fifty.
local function log(ulid, json)
  local key = base .. 'h:' .. ulid
  local length = call('RPUSH', key, stamp .. ' ' .. json)
  if length <= TIMELINE_MOST then return end
  if length == TIMELINE_MOST + 1 then call('LSET', key, 49, stamp .. ' {"what":"shortened","note":"entries after this one were left out"}') end
  call('LREM', key, 1, call('LINDEX', key, 50))
end

-- Tells what happened: in the log, and to those who listen. One call of them stands until they come, so a busy channel costs no more.
local called = false
-- What the event of a move tells besides, sealed.
local own_data
local function event(name, ulid, generation, _, data)
  local position = call('XADD', base .. 'ev', 'MAXLEN', '~', EVENTS_MOST, '*', 'type', name, 'at', stamp, 'm', ulid, 'g', generation)
  if data then call('SET', base .. 'x:' .. position, data, 'EX', DATA_SECONDS) end
  if called then return end
  called = true
  if call('EXISTS', base .. 'fan', base .. 'live') > 0 and call('SET', base .. 'hint', 1, 'NX', 'PX', HINT_MS) then
    call('PUBLISH', 'posthorn:events', channel)
  end
end

-- Keeps the newest of the log. What has not been fanned out yet stays.
local function trim_events()
  if call('XLEN', base .. 'ev') <= EVENTS_KEPT then return end
  local cursor = call('GET', base .. 'fan')
  if cursor and #call('XRANGE', base .. 'ev', '(' .. cursor, '+', 'COUNT', 1000) == 1000 then return end
  call('XTRIM', base .. 'ev', 'MAXLEN', '~', EVENTS_KEPT)
end

local function job_id(ulid, generation)
  return 'msg_' .. channel .. '_' .. ulid .. '_' .. generation
end

local function add_send_job(ulid, generation, lane, trace, name, delay)
  local data = '{"v":1,"channelId":"' .. channel .. '","messageId":"msg_' .. channel .. '_' .. ulid .. '","generation":' .. generation
  if trace then data = data .. ',"traceparent":"' .. trace .. '"' end
  local id = job_id(ulid, generation)
  if name ~= 'send' then id = id .. '_' .. name end
  add_job(queue, id, name, data .. '}', PRIORITY[lane], delay, stamp)
end

-- Joins the tail of its conversation. Only the head has a job.
local function join(ulid, m)
  local length = call('RPUSH', base .. 'c:' .. m.c, ulid)
  if length == 1 then
    call('ZADD', base .. 'work', stamp, m.c)
    add_send_job(ulid, m.g, m.l, m.k, 'send', 0)
  end
end

-- Leaves its conversation; if it was the head, the next one gets its job.
local function leave(ulid, conversation)
  local key = base .. 'c:' .. conversation
  local line = call('LRANGE', key, 0, 1)
  if line[1] ~= ulid then
    call('LREM', key, 1, ulid)
    return
  end
  call('LPOP', key)
  local head = line[2]
  if not head then
    call('ZREM', base .. 'work', conversation)
    return
  end
  call('ZADD', base .. 'work', stamp, conversation)
  local m = load(head)
  if m and m.s == 'accepted' then add_send_job(head, m.g, m.l, m.k, 'send', 0) end
end

-- How long content is kept, in ms; nil: the defaults.
local function kept_ms() return tonumber(call('GET', base .. 'keep')) end

-- What is left of a key's time is no longer than that.
local function shorten(key, ms)
  local left = call('PTTL', key)
  if left ~= -1 and left <= ms then return end
  if ms > 0 then call('PEXPIRE', key, int(ms)) else call('UNLINK', key) end
end

-- From here on the record is kept for its time only. A failed one keeps its content as long, to be replayed, unless its tenant says less;
-- one that is out, while it may be sent again should it fail late.
local function retire(ulid, m, status)
  call('EXPIRE', base .. 'm:' .. ulid, STUB_SECONDS)
  call('EXPIRE', base .. 'h:' .. ulid, STUB_SECONDS)
  local content, keep = base .. 's:' .. ulid, kept_ms()
  if not keep then
    call('EXPIRE', content, (status == 'failed' and STUB_SECONDS) or CONTENT_SECONDS)
    return
  end
  if RANK[status] < RANK.failed then keep = math.max(keep, math.min(FINAL_MS, m.ea - now)) end
  call('PERSIST', content)
  shorten(content, keep)
end

-- Moves the status, tells it, and logs it; further fields of the record are written with it. Whoever calls has checked
-- that the move is legal.
local function move(ulid, m, status, json, ...)
  call('HSET', base .. 'm:' .. ulid, 's', status, 'u', stamp, ...)
  m.s = status
  event('message.' .. status, ulid, m.g, nil, own_data)
  own_data = nil
  log(ulid, json)
  -- Delivered, it cannot fail any more, and is not sent again.
  if RANK[status] >= RANK.delivered then
    local keep = kept_ms()
    if keep then shorten(base .. 's:' .. ulid, keep) end
  end
end

local function forget_held(ulid)
  call('ZREM', base .. 'held', ulid)
  call('ZREM', base .. 'unsettled', ulid)
end

-- The message is out, or will never go: it makes room for the next one.
local function settle(ulid, m, status, json, ...)
  if m.s == 'held' then forget_held(ulid) end
  if m.ct then call('HDEL', base .. 'm:' .. ulid, 'ct', 'ca') end
  move(ulid, m, status, json, ...)
  leave(ulid, m.c)
  retire(ulid, m, status)
end

local function hold(ulid, m, json)
  move(ulid, m, 'held', json)
  call('ZADD', base .. 'held', stamp, ulid)
  call('ZADD', base .. 'unsettled', stamp, ulid)
end

-- Not before that time; only ever extended.
local function wait_until(key, until_ms)
  if until_ms <= math.max(now, tonumber(call('GET', key) or 0)) then return end
  call('SET', key, until_ms, 'PXAT', until_ms)
  if not call('SET', key .. ':since', now, 'NX', 'PXAT', until_ms) then call('PEXPIREAT', key .. ':since', until_ms) end
end

-- Waits before its next try, and with it whoever the rule of its failure names.
local function rest(ulid, m, after_ms, spends, scope, scope_ms)
  if spends == '1' then
    call('HSET', base .. 'm:' .. ulid, 'na', now + tonumber(after_ms), 'w', 0)
  else
    call('HSET', base .. 'm:' .. ulid, 'na', now + tonumber(after_ms), 'w', m.w + 1, 'a', math.max(0, m.a - 1))
  end
  if scope == 'recipient' then
    wait_until(base .. 'w:' .. m.r, now + tonumber(scope_ms))
  elseif scope == 'channel' then
    wait_until(base .. 'thr', now + tonumber(scope_ms))
  end
end

-- A recipient wants no marketing (out), or wants it again (in). What they said last counts, however late it is told. Answers whether it changes anything.
local function opt(hash, what, at_ms, source)
  local was, since = (call('HGET', base .. 'optouts', hash) or 'in 0'):match('^(%a+) (%d+)')
  if tonumber(since) > at_ms then return false end
  call('HSET', base .. 'optouts', hash, what .. ' ' .. int(at_ms) .. ' ' .. source)
  return was ~= what
end

local function wants_no_marketing(hash)
  return (call('HGET', base .. 'optouts', hash) or ''):sub(1, 3) == 'out'
end

-- The provider refused a message for it.
local function heed(ulid, m, code)
  if code == 'recipient_opted_out' and not m.er and opt(m.r, 'out', now, 'provider') then event('recipient.opted_out', ulid, m.g) end
end

-- When a recipient last wrote; nil once the window is closed.
local function wrote_at(hash)
  local at = tonumber(call('GET', base .. 'in:' .. hash) or 0)
  return at + WINDOW_MS > now and at or nil
end

-- A new life, after one that ended or that nobody knows the end of. It keeps its place if it is still in line, or joins the tail.
local function revive(ulid, m, json, ...)
  local record = base .. 'm:' .. ulid
  local in_line = m.s == 'accepted' or (m.s == 'held' and call('ZSCORE', base .. 'held', ulid))
  if m.s == 'held' then forget_held(ulid) end
  m.g = tostring(m.g + 1)
  call('HDEL', record, 'f', 'x', 'sa', 'ct', 'ca', 'lu', 'la', 'hg')
  call('PERSIST', record)
  call('PERSIST', base .. 'h:' .. ulid)
  call('PERSIST', base .. 's:' .. ulid)
  move(ulid, m, 'accepted', json, 'g', m.g, ...)
  if not in_line then
    join(ulid, m)
  elseif call('LINDEX', base .. 'c:' .. m.c, 0) == ulid then
    call('ZADD', base .. 'work', stamp, m.c)
    add_send_job(ulid, m.g, m.l, m.k, 'send', 0)
  end
end
