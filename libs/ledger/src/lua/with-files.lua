-- Messages that name files, oldest first. ARGV: 3 ulid to go on after or '', 4 how many to look at. Answers where to go on, and ulid and content of each.
local ulids = call('ZRANGEBYLEX', base .. 'ix', (ARGV[3] == '' and '-') or ('(' .. ARGV[3]), '+', 'LIMIT', 0, ARGV[4])
local found = {}
for _, ulid in ipairs(ulids) do
  if call('HEXISTS', base .. 'm:' .. ulid, 'fi') == 1 then
    local content = call('GET', base .. 's:' .. ulid)
    if content then found[#found + 1] = { ulid, content } end
  end
end
return { ulids[#ulids] or '', found }
