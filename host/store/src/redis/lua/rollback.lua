-- Rollback: point a kind to a module that was deployed as it before. Returns that module, or ''.

local kind, to = arg(), arg()
local target
if to ~= '' then
  target = call('HEXISTS', DEPLOYED, kind .. ' ' .. to) == 1 and to
else
  local present = call('HGET', CURRENT, kind)
  local now_at = present and turn_of(call('HGET', DEPLOYED, kind .. ' ' .. present))
  local best
  for _, one in ipairs(present and deployments(kind) or {}) do
    if one.turn < now_at and (not best or one.turn > best) then
      target, best = one.module, one.turn
    end
  end
end
if not target then
  return { '', '--' }
end
point(kind, target)
tell()
return { target, wake() }
