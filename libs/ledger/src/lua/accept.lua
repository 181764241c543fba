-- Accepts a message once. ARGV: 3 ulid, 4 tenant, 5 lane, 6 conversation, 7 recipient hash, 8 sealed content,
-- 9 send at (0: now), 10 expires at (0: default), 11 default life in ms, 12 traceparent or '',
-- 13 '1': it names files that must be made known to the provider first,
-- 14 '1': it is marketing, which is not for those who want none, 15 '1': it may go only while the recipient's window is open.
local ulid, lane = ARGV[3], ARGV[5]
local record = base .. 'm:' .. ulid
local known = call('HGET', record, 'at')
if known then return { 'repeat', known } end
if call('GET', base .. 'state') ~= 'open' then return { 'closed' } end
local send_at, expires_at = tonumber(ARGV[9]), tonumber(ARGV[10])
if expires_at == 0 then expires_at = math.max(now, send_at) + tonumber(ARGV[11]) end
if expires_at <= now then return { 'expired' } end
if ARGV[14] == '1' and wants_no_marketing(ARGV[7]) then return { 'opted_out' } end
-- By the time of a later one they may have written.
if ARGV[15] == '1' and send_at <= now and not wrote_at(ARGV[7]) then return { 'window_closed' } end

local trace = ARGV[12] ~= '' and ARGV[12] or nil
local m = { g = '1', c = ARGV[6], l = lane, k = trace }
local fields = { 't', ARGV[4], 'g', '1', 's', 'accepted', 'u', stamp, 'l', lane, 'c', m.c, 'r', ARGV[7], 'at', stamp, 'ea', int(expires_at) }
if send_at > now then fields[#fields + 1] = 'sa'; fields[#fields + 1] = int(send_at) end
if trace then fields[#fields + 1] = 'k'; fields[#fields + 1] = trace end
if ARGV[13] == '1' then fields[#fields + 1] = 'fi'; fields[#fields + 1] = 1 end
if ARGV[14] == '1' then fields[#fields + 1] = 'mk'; fields[#fields + 1] = 1 end
call('HSET', record, unpack(fields))
call('SET', base .. 's:' .. ulid, ARGV[8])
call('ZADD', base .. 'ix', '0', ulid)
call('ZADD', base .. 'r:' .. ARGV[7], '0', ulid)
call('EXPIRE', base .. 'r:' .. ARGV[7], INDEX_SECONDS)
event('message.accepted', ulid, '1')
if send_at > now then
  add_send_job(ulid, '1', lane, trace, 'join', send_at - now)
else
  join(ulid, m)
end
return { 'accepted', stamp }
