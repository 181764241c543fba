-- One message with everything that is known of it. ARGV: 3 ulid.
local ulid = ARGV[3]
local record = call('HGETALL', base .. 'm:' .. ulid)
if #record == 0 then return nil end
local conversation = call('HGET', base .. 'm:' .. ulid, 'c')
local recipient = call('HGET', base .. 'm:' .. ulid, 'r')
local head = call('LINDEX', base .. 'c:' .. conversation, 0)
return { record, call('GET', base .. 's:' .. ulid) or '', call('LRANGE', base .. 'h:' .. ulid, 0, -1), head or '',
  call('MGET', base .. 'thr', base .. 'w:' .. recipient), call('HKEYS', base .. 'pause'), tostring(now) }
