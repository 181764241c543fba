-- The event log after a position, rendered. ARGV: 3 position (exclusive) or '', 4 how many.
local from = (ARGV[3] == '' and '-') or ('(' .. ARGV[3])
local found = {}
for _, entry in ipairs(call('XRANGE', base .. 'ev', from, '+', 'COUNT', ARGV[4])) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  found[#found + 1] = rendered(entry[1], fields.type, fields.at, fields.m, fields.g, fields.x)
end
return found
