-- Pointers: all deployments, as of one moment, and which of them jobs need: those that wrote their
-- checkpoints, and those on which they run now and may write one. Writes nothing.

local deploys = call('HGET', HEAD, 'deploys') or '0'
local needed, deployed = call('HKEYS', NEEDED), call('HGETALL', T .. 'deployed')
local running, all = {}, call('HGETALL', LEASE)
for i = 1, #all, 2 do
  local _, kind = queue_and_kind(all[i])
  running[kind .. ' ' .. read_lease(all[i + 1]).module] = true
end
for i = 1, #deployed, 2 do
  local kind, module = string.match(deployed[i], '^(%S+) (%S+)$')
  if running[kind .. ' ' .. short(module)] then
    needed[#needed + 1] = deployed[i]
  end
end
return { deploys, deployed, call('HGETALL', T .. 'current'), needed }
