-- A received message, once per provider id. ARGV: 3 hash of the provider's id, 4 ulid, 5 sealed message.
local pointer = base .. 'p:' .. ARGV[3]
if not call('SET', pointer, 'i ' .. ARGV[4], 'NX', 'EX', STUB_SECONDS) then return { 'repeat' } end
call('SET', base .. 'i:' .. ARGV[4], ARGV[5], 'EX', STUB_SECONDS)
event('message.received', ARGV[4], 0)
return { 'received' }
