-- The event log after a position. ARGV: 3 position (exclusive) or '', 4 how many. With each event what is needed to render it:
-- {position, fields, the message's sealed content or the received message}.
local from = (ARGV[3] == '' and '-') or ('(' .. ARGV[3])
local found = {}
for _, entry in ipairs(call('XRANGE', base .. 'ev', from, '+', 'COUNT', ARGV[4])) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  local body, failure = '', ''
  if fields.type == 'message.received' then
    body = call('GET', base .. 'i:' .. fields.m) or ''
  elseif fields.m ~= '' then
    body = call('GET', base .. 's:' .. fields.m) or ''
    failure = fields.type == 'message.failed' and call('HGET', base .. 'm:' .. fields.m, 'f') or ''
  end
  found[#found + 1] = { entry[1], fields.type, fields.at, fields.m, fields.g, fields.x or '', body, failure or '' }
end
return found
