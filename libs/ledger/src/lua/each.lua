-- Runs the script above for each of the calls that came together: ARGV from 3 on are, for each, how many arguments it has and then
-- these, which it sees as ARGV[3] and on. One that fails answers with its error, and the others go on.
local replies, at = {}, 3
while ARGV[at] do
  local count = tonumber(ARGV[at])
  local arguments = { channel, ARGV[2], unpack(ARGV, at + 1, at + count) }
  local done, reply = pcall(one, arguments)
  if not done then reply = redis.error_reply(tostring((type(reply) == 'table' and reply.err) or reply)) end
  replies[#replies + 1] = reply or false
  at = at + 1 + count
end
return replies
