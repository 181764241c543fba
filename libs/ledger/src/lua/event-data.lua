-- What events tell besides, sealed ('': nothing). ARGV: 3 on: positions. With each that is known: the ulid it is about, and '1' if that message was erased.
local found = {}
for at = 3, #ARGV do
  local data = call('GET', base .. 'x:' .. ARGV[at])
  local entry, ulid = call('XRANGE', base .. 'ev', ARGV[at], ARGV[at])[1], ''
  if data or entry then
    if entry then
      for i = 1, #entry[2], 2 do
        if entry[2][i] == 'm' then ulid = entry[2][i + 1] end
      end
    end
    local erased = ulid ~= '' and call('HEXISTS', base .. 'm:' .. ulid, 'er') == 1
    found[#found + 1] = { ARGV[at], data or '', ulid, (erased and '1') or '' }
  end
end
return found
