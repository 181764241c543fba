-- Brings in line what ended before, a page at a time: messages, then what the event log tells of. ARGV: 3 ulid to go on after or '',
-- 4 position to go on after or '', 5 how many of each. Answers where to go on, and 1 at the end, which is noted.
local keep = kept_ms()
if not keep then return { '', '', '1' } end
local ulids = call('ZRANGEBYLEX', base .. 'ix', (ARGV[3] == '' and '-') or ('(' .. ARGV[3]), '+', 'LIMIT', 0, ARGV[5])
for _, ulid in ipairs(ulids) do
  local f = call('HMGET', base .. 'm:' .. ulid, 's', 'u', 'ea')
  local rank = f[1] and RANK[f[1]]
  if rank and rank >= RANK.submitted then
    local ends = tonumber(f[2]) + keep
    if rank < RANK.failed then ends = math.max(ends, math.min(tonumber(f[2]) + FINAL_MS, tonumber(f[3]))) end
    shorten(base .. 's:' .. ulid, ends - now)
  end
end
local least = (call('EXISTS', base .. 'fan') == 1 and TOLD_MS) or READ_MS
local entries = call('XRANGE', base .. 'ev', (ARGV[4] == '' and '-') or ('(' .. ARGV[4]), '+', 'COUNT', ARGV[5])
for _, entry in ipairs(entries) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  if fields.type == 'message.received' then
    shorten(base .. 'i:' .. fields.m, tonumber(fields.at) + math.max(keep, least) - now)
  end
end
if #ulids > 0 or #entries > 0 then return { ulids[#ulids] or ARGV[3], (entries[#entries] or {})[1] or ARGV[4], '0' } end
call('SET', base .. 'kept', int(keep))
return { '', '', '1' }
