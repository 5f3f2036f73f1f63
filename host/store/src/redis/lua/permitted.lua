-- Permitted: which of these commands does this user not have, on keys of this store, and on its
-- channel? Nothing is called.

local head, channel = KEYS[1], ARGV[1]
local refused = {}
for i = 2, #ARGV do
  local name = ARGV[i]
  local may
  if name == 'eval' or name == 'evalsha' then
    may = redis.acl_check_cmd(name, '', '1', head)
  elseif name == 'publish' then
    may = redis.acl_check_cmd(name, channel, '') and redis.acl_check_cmd(name, channel .. ':', '')
  elseif name == 'subscribe' then
    may = redis.acl_check_cmd(name, channel, channel .. ':')
  elseif name == 'pubsub|numsub' then
    may = redis.acl_check_cmd('pubsub', 'numsub', channel)
  elseif name == 'time' or name == 'ping' then
    may = redis.acl_check_cmd(name)
  else
    may = redis.acl_check_cmd(name, head, head, head)
  end
  if not may then
    refused[#refused + 1] = name
  end
end
return refused
