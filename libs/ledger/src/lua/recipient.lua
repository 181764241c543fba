-- What is known of a recipient, after a change of it or without one. ARGV: 3 '' | out | in, 4 its source, 5 when they said it in ms (0: now),
-- 6 sealed data of the event, 7 hash of the recipient. Answers whether it changed, when they last wrote ('': the window is closed) and
-- what they said of marketing, as it is kept.
local hash, changed = ARGV[7], false
if ARGV[3] ~= '' then
  local at = tonumber(ARGV[5])
  changed = opt(hash, ARGV[3], (at == 0 and now) or math.min(at, now), ARGV[4])
  if changed then event('recipient.opted_' .. ARGV[3], '', 0, 'x', ARGV[6]) end
end
local wrote = wrote_at(hash)
return { (changed and 'changed') or 'same', (wrote and int(wrote)) or '', call('HGET', base .. 'optouts', hash) or '' }
