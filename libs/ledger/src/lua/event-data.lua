-- What events tell besides, sealed. ARGV: 3 on: positions. With each: the ulid of its message, and '1' if that one was erased.
local found = {}
for at = 3, #ARGV do
  local data = call('GET', base .. 'x:' .. ARGV[at])
  if data then
    local entry, ulid = call('XRANGE', base .. 'ev', ARGV[at], ARGV[at])[1], ''
    if entry then
      for i = 1, #entry[2], 2 do
        if entry[2][i] == 'm' then ulid = entry[2][i + 1] end
      end
    end
    local erased = ulid ~= '' and call('HEXISTS', base .. 'm:' .. ulid, 'er') == 1
    found[#found + 1] = { ARGV[at], data, ulid, (erased and '1') or '' }
  end
end
return found
