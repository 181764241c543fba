-- Which run of which server answers in this slot. ARGV: 3 ms without claims if it is another one than last time: a server that was restarted,
-- took over, or was given the slot may lack the last of them. Answers its run id ('': it does not say), and '1' if it is another one.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
if not run then return { '', '0' } end
local known = call('GET', base .. 'run')
if known == run then return { run, '0' } end
call('SET', base .. 'run', run)
if not known then return { run, '0' } end
if tonumber(ARGV[3]) > 0 then call('SET', base .. 'quarantine', now + tonumber(ARGV[3]), 'PX', ARGV[3]) end
return { run, '1' }
