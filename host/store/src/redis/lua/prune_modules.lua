-- Remove what no pointer and no kept job needs, except the newest of each kind. Returns the modules
-- that went, each with its size.

local keep = number()
local running = {}
local all = call('HGETALL', LEASE)
for i = 1, #all, 2 do
  local _, kind = queue_and_kind(all[i])
  running[kind .. ' ' .. read_lease(all[i + 1]).module] = true
end
local deployed, kept, gone = deployments(), {}, {}
for _, one in ipairs(deployed) do
  local field, later = one.kind .. ' ' .. one.module, 0
  for _, other in ipairs(deployed) do
    if other.kind == one.kind and other.turn > one.turn then
      later = later + 1
    end
  end
  if call('HGET', CURRENT, one.kind) == one.module or later < keep or running[one.kind .. ' ' .. short(one.module)]
      or call('HEXISTS', NEEDED, field) == 1 then
    kept[one.module] = true
  else
    gone[#gone + 1] = one
  end
end
if #gone == 0 then
  return { {}, '--' }
end
local pruned, removed = {}, {}
for _, one in ipairs(gone) do
  call('HDEL', DEPLOYED, one.kind .. ' ' .. one.module)
  if not kept[one.module] and not removed[one.module] then
    removed[one.module] = true
    call('UNLINK', T .. 'module:' .. one.module)
    pruned[#pruned + 1] = one.module
    pruned[#pruned + 1] = string.match(one.value, '^%S+ %S+ (%d+)')
  end
end
call('HINCRBY', HEAD, 'deploys', 1)
wake_notices = true
return { pruned, wake() }
