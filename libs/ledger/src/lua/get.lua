-- One message with everything that is known of it. ARGV: 3 ulid.
local ulid = ARGV[3]
local record = call('HGETALL', base .. 'm:' .. ulid)
if #record == 0 then return nil end
local line = call('HMGET', base .. 'm:' .. ulid, 'c', 'r')
local conversation, recipient = base .. 'c:' .. line[1], base .. 'w:' .. line[2]
local head = call('LINDEX', conversation, 0)
return { record, call('GET', base .. 's:' .. ulid) or '', call('LRANGE', base .. 'h:' .. ulid, 0, -1), head or '',
  call('MGET', base .. 'thr', recipient, base .. 'thr:since', recipient .. ':since', base .. 'tok', base .. 'tok:since', base .. 'b:' .. line[2]),
  call('HGETALL', base .. 'pause'), tostring(now), call('ZREVRANGE', base .. 'beat', 0, 0, 'WITHSCORES') }
