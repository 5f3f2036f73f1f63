-- Log: the lines of a job after a place, and the place of the last. Writes nothing.

local n = call('HGET', IDS, arg())
local after = number()
if not n then
  return { '0', {} }
end
local logged = tonumber(call('HGET', T .. 'more:' .. n, 'logged') or 0)
local first = logged - call('LLEN', T .. 'log:' .. n) + 1
local skip = math.max(0, after - first + 1)
return { int(logged), call('LRANGE', T .. 'log:' .. n, skip, -1) }
