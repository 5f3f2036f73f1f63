-- Pointers: all deployments, as of one moment, and which of them jobs need: those that wrote their
-- checkpoints, and those on which they run now and may write one. Writes nothing.

local deploys = call('HGET', HEAD, 'deploys') or '0'
local needed, current = call('HKEYS', NEEDED), call('HGETALL', T .. 'current')
local is_current = {}
for i = 2, #current, 2 do
  is_current[current[i]] = true
end
local all = call('HGETALL', LEASE)
for i = 1, #all, 2 do
  local module = read_lease(all[i + 1]).module
  if not is_current[module] then
    local _, kind = queue_and_kind(all[i])
    needed[#needed + 1] = kind .. ' ' .. module
  end
end
return { deploys, call('HGETALL', T .. 'deployed'), current, needed }
