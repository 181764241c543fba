-- Entries of the log as pointers: {position, type, at, ulid, generation}.
local function pointers(from, count)
  local found = {}
  for _, entry in ipairs(call('XRANGE', base .. 'ev', from, '+', 'COUNT', count)) do
    local fields = {}
    for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
    found[#found + 1] = { entry[1], fields.type, fields.at, fields.m, fields.g }
  end
  return found
end
