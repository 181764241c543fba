-- Recipients were erased. ARGV: 3 'mark': what they wrote before that time does not come back, or 'forget': nothing is known of them but that they
-- want no marketing; 4 that time in ms, 5 the least ulid of that time, 6 on: their hashes. Answers how many marks were there to forget.
local at, forgotten = tonumber(ARGV[4]), 0
for n = 6, #ARGV do
  local hash = ARGV[n]
  if ARGV[3] == 'mark' then
    if (tonumber(call('GET', base .. 'er:' .. hash)) or 0) < at then call('SET', base .. 'er:' .. hash, ARGV[4], 'EX', STUB_SECONDS) end
  else
    -- Who wrote after it, or is written to, is new.
    if (tonumber(call('GET', base .. 'in:' .. hash)) or 0) <= at then forgotten = forgotten + call('UNLINK', base .. 'in:' .. hash) end
    forgotten = forgotten + call('UNLINK', base .. 'w:' .. hash, base .. 'w:' .. hash .. ':since', base .. 'b:' .. hash)
    call('ZREMRANGEBYLEX', base .. 'r:' .. hash, '-', '(' .. ARGV[5])
    if (call('HGET', base .. 'optouts', hash) or ''):sub(1, 2) == 'in' then forgotten = forgotten + call('HDEL', base .. 'optouts', hash) end
  end
end
return forgotten
