-- A received message, once. ARGV: 3 hash of the provider's id, 4 ulid, 5 sealed message, 6 fingerprint of what was said.
-- The same id with other words is another message: better shown twice than lost.
if not call('SET', base .. 'd:' .. ARGV[6], 1, 'NX', 'EX', STUB_SECONDS) then return { 'repeat' } end
call('SET', base .. 'p:' .. ARGV[3], 'i ' .. ARGV[4], 'NX', 'EX', STUB_SECONDS)
call('SET', base .. 'i:' .. ARGV[4], ARGV[5], 'EX', STUB_SECONDS)
event('message.received', ARGV[4], 0)
return { 'received' }
