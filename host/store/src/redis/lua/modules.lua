-- Modules: kept once by content; each kind points to one of those deployed as it.

local DEPLOYED, CURRENT = T .. 'deployed', T .. 'current'

-- A deployment, by "kind module", is "turn deployed_at bytes queue", then its manifest.
local function turn_of(value)
  return tonumber(string.match(value, '^%d+'))
end
local function point(kind, module)
  local queue = string.match(call('HGET', DEPLOYED, kind .. ' ' .. module), '^%S+ %S+ %S+ (%S+)')
  call('HSET', CURRENT, kind, module)
  call('HSET', KINDS, kind, queue)
end
local function tell()
  wake_jobs, wake_notices = 'all', true
  return call('HINCRBY', HEAD, 'deploys', 1)
end
-- All that was deployed as a kind.
local function deployments(wanted)
  local found, all = {}, call('HGETALL', DEPLOYED)
  for i = 1, #all, 2 do
    local kind, module = string.match(all[i], '^(%S+) (%S+)$')
    if not wanted or kind == wanted then
      found[#found + 1] = { kind = kind, module = module, turn = turn_of(all[i + 1]), value = all[i + 1] }
    end
  end
  return found
end
