-- Somebody was told of an event, or never will be. Where content is kept for less than its events may take, what it tells ends once all who
-- want it are through. ARGV: 3 position, 4 ulid of a received message or '', 5 who, 6 on: all who want it.
local keep = kept_ms()
if not keep or keep >= TOLD_MS then return 0 end
local told = base .. 'told:' .. ARGV[3]
call('SADD', told, ARGV[5])
call('EXPIRE', told, DATA_SECONDS)
for at = 6, #ARGV do
  if call('SISMEMBER', told, ARGV[at]) == 0 then return 0 end
end
call('UNLINK', told)
local at = tonumber(ARGV[3]:match('^%d+'))
shorten(base .. 'x:' .. ARGV[3], at + math.max(keep, READ_MS) - now)
if ARGV[4] ~= '' then shorten(base .. 'i:' .. ARGV[4], at + math.max(keep, READ_MS) - now) end
return 1
