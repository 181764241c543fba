-- An event with what is needed to render it: {position, type, at, ulid, generation, own data, body (content, or the received message),
-- lines of the timeline of that moment, provider's id, failure code, possible duplicate, traceparent, out of order}.
local function rendered(position, type, at, ulid, generation, data)
  if ulid == '' then return { position, type, at, '', '0', data or call('GET', base .. 'x:' .. position) or '', '', {}, '', '', '', '', '' } end
  if type == 'message.received' then
    return { position, type, at, ulid, '0', '', call('GET', base .. 'i:' .. ulid) or '', {}, '', '', '', '', '' }
  end
  local lines = {}
  for _, line in ipairs(call('LRANGE', base .. 'h:' .. ulid, 0, -1)) do
    if line:sub(1, #at + 1) == at .. ' ' then lines[#lines + 1] = line end
  end
  local f = call('HMGET', base .. 'm:' .. ulid, 'x', 'f', 'd', 'k', 'oo')
  return { position, type, at, ulid, generation, call('GET', base .. 'x:' .. position) or '', call('GET', base .. 's:' .. ulid) or '', lines,
    f[1] or '', (type == 'message.failed' and f[2]) or '', f[3] or '', f[4] or '', f[5] or '' }
end
