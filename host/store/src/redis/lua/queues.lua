-- Queues: how many jobs of each are where, and since when the oldest waits. Writes nothing.
--
-- Returns the time; what is running, due later and paused by queue; then for each lane its
-- name, how many wait, and since when.

-- So many of a lane are looked at for the oldest: only after a clock was set back is it not the first.
local OLDEST = 64

local lanes = {}
for _, lane in ipairs(call('SMEMBERS', LANES)) do
  local gone = T .. 'gone:' .. lane
  local count = call('LLEN', T .. 'line:' .. lane) - call('SCARD', gone) + call('ZCARD', T .. 'back:' .. lane)
  local oldest
  local function is_waiting_since(at)
    oldest = math.min(oldest or tonumber(at), tonumber(at))
  end
  for _, n in ipairs(call('LRANGE', T .. 'line:' .. lane, 0, OLDEST - 1)) do
    if call('SISMEMBER', gone, n) == 0 then
      is_waiting_since(string.match(call('HGET', JOB, n), '^%S+ %S+ (%d+)'))
    end
  end
  for _, n in ipairs(call('ZRANGE', T .. 'back:' .. lane, 0, OLDEST - 1)) do
    is_waiting_since(read_standing(n).at)
  end
  for _, value in ipairs({ lane, int(count), oldest and int(oldest) or '' }) do
    lanes[#lanes + 1] = value
  end
end
local running = {}
for _, n in ipairs(call('HKEYS', LEASE)) do
  running[#running + 1] = (queue_and_kind(n))
end
return { running, call('HGETALL', LATE), call('SMEMBERS', PAUSED), call('SMEMBERS', QUEUES), lanes }
