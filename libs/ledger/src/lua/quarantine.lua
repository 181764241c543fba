-- No claim is granted for a while. ARGV: 3 ms.
call('SET', base .. 'quarantine', now + tonumber(ARGV[3]), 'PX', ARGV[3])
return { 'set' }
