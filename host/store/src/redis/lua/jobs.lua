-- Jobs and where they stand.
--
-- A job is known by its number. `job` has what was pushed, and is never written again. Where
-- it stands is told by the first of these that has its number: `lease` (running), `ended`,
-- `standing` in `more:<n>`; else it is available as it was pushed, in `line:<lane>`, at the
-- place that equals its number.

-- Leases and ends are read once and written at the end, together.
local leases, leases_dirty = {}, {}
local ends, ends_dirty = {}, {}
local function lease_of(n)
  local value = leases[n]
  if value == nil then
    value = call('HGET', LEASE, n)
    leases[n] = value
  end
  return value
end
local function set_lease(n, value)
  leases[n] = value
  leases_dirty[n] = true
end
local function end_of(n)
  local value = ends[n]
  if value == nil then
    value = call('HGET', ENDED, n)
    ends[n] = value
  end
  return value
end
local function set_end(n, value)
  ends[n] = value
  ends_dirty[n] = true
end

-- In the order of finishing: "n finished_at bare id", so that they can go without being read.
local completed = {}
local function write_down(key, cache, dirty)
  local set, gone, at = {}, {}, 0
  for n in pairs(dirty) do
    local value = cache[n]
    if value then
      set[at + 1], set[at + 2] = n, value
      at = at + 2
    else
      gone[#gone + 1] = n
    end
  end
  many('HDEL', key, gone)
  many('HSET', key, set)
end
local function flush()
  write_down(LEASE, leases, leases_dirty)
  write_down(ENDED, ends, ends_dirty)
  if #completed > 0 then
    many('RPUSH', COMPLETED, completed)
    call('HINCRBY', HEAD, 'completed', #completed)
  end
  leases_dirty, ends_dirty, completed = {}, {}, {}
end

-- A lease is "token seq flags started_at worker module": of the worker its number, of the module's
-- hash as much as tells it from others.
local PROGRESSED, FRESH, ASKED = 1, 2, 4
local function has(flags, flag)
  return math.floor(flags / flag) % 2 == 1
end
-- All jobs of one claim have the same: each is taken apart once. What is read is never changed.
local leases_read = {}
local function read_lease(value)
  local lease = leases_read[value]
  if not lease then
    local token, seq, flags, started_at, worker, module =
      string.match(value, '^(%S+) (%d+) (%d) (%d+) (%d+) (%S+)$')
    lease = {
      token = token, seq = tonumber(seq), flags = tonumber(flags),
      started_at = started_at, worker = worker, module = module,
    }
    leases_read[value] = lease
  end
  return lease
end
-- The same lease, after one more commit or with another flag.
local function write_lease(lease, seq, flags)
  return lease.token .. ' ' .. seq .. ' ' .. flags .. ' ' .. lease.started_at .. ' ' .. lease.worker
    .. ' ' .. lease.module
end

local function short(module)
  return string.sub(module, 8, 23)
end

local function queue_and_kind(n)
  return string.match(call('HGET', JOB, n), '^(%S+) (%S+)')
end
local function id_of(n)
  return string.match(call('HGET', JOB, n), '^%S+ %S+ %S+ %S+ (%S+)')
end

-- A standing is "state ord at attempt step", six counters, "fuel_spent wall_spent_ms".
local function read_standing(n)
  local value = call('HGET', T .. 'more:' .. n, 'standing')
  if not value then
    return { ord = tonumber(n), attempt = 0, step = '0', counters = { 0, 0, 0, 0, 0, 0 }, fuel = 0, wall = 0 }
  end
  local part = {}
  for word in string.gmatch(value, '%S+') do
    part[#part + 1] = word
  end
  return {
    state = part[1], ord = tonumber(part[2]), at = part[3], attempt = tonumber(part[4]), step = part[5],
    counters = { part[6], part[7], part[8], part[9], part[10], part[11] },
    fuel = tonumber(part[12]), wall = tonumber(part[13]),
  }
end
local function write_standing(n, standing, state, at)
  call('HSET', T .. 'more:' .. n, 'standing', table.concat({
    state, int(standing.ord), at, standing.attempt, standing.step,
    table.concat(standing.counters, ' '), int(standing.fuel), int(standing.wall),
  }, ' '))
end

-- What can be run alike stands in one lane: queue, kind, step of the memory ladder, and the
-- module that wrote the checkpoint with its version.
local function lane_of(n, step)
  local queue, kind = queue_and_kind(n)
  local wrote = call('HGET', T .. 'more:' .. n, 'wrote')
  local by = '-'
  if wrote then
    by = string.gsub(string.match(wrote, '^%S+ %S+'), ' ', ':')
  end
  return queue .. ' ' .. kind .. ' ' .. step .. ' ' .. by, queue
end
local function open_lane(lane, queue)
  if call('SADD', LANES, lane) == 1 then
    call('SADD', QUEUES, queue)
  end
end

-- Put a job that may run now into its lane.
local function line_up(n, standing, to_the_back)
  if to_the_back then
    standing.ord = numbers(1) + 1
  end
  local lane, queue = lane_of(n, standing.step)
  write_standing(n, standing, AVAILABLE, NOW)
  call('ZADD', T .. 'back:' .. lane, standing.ord, n)
  open_lane(lane, queue)
end

local function put_off(n, standing, state, at)
  at = math.min(at, LATEST)
  local queue = queue_and_kind(n)
  write_standing(n, standing, state, int(at))
  call('ZADD', T .. 'due:' .. state, int(at), n)
  call('HINCRBY', LATE, queue, 1)
  call('SADD', QUEUES, queue)
end
local function no_longer_due(n, state)
  call('ZREM', T .. 'due:' .. state, n)
  call('HINCRBY', LATE, (queue_and_kind(n)), -1)
end

-- When the next job is due; '' when none is.
local function next_due_at()
  local least
  for _, state in ipairs({ SCHEDULED, RETRYABLE }) do
    local first = call('ZRANGE', T .. 'due:' .. state, 0, 0, 'WITHSCORES')
    if first[2] and (not least or tonumber(first[2]) < least) then
      least = tonumber(first[2])
    end
  end
  return least and int(least) or ''
end

-- A module is needed as long as a job that may still run has a checkpoint that it wrote.
local function need(n, module, by)
  local _, kind = queue_and_kind(n)
  local field = kind .. ' ' .. module
  if call('HINCRBY', NEEDED, field, by) <= 0 then
    call('HDEL', NEEDED, field)
  end
end
local function wrote_by(n)
  local wrote = call('HGET', T .. 'more:' .. n, 'wrote')
  return wrote and string.match(wrote, '^%S+')
end

-- For scripts that take ids: what `of` says of each job, by its number; `u` where there is none.
local function letter_for_each(of)
  local letters, ids = {}, {}
  for i = 1, number() do
    ids[i] = arg()
  end
  for i, n in ipairs(fields(IDS, ids)) do
    letters[i] = n and of(n) or 'u'
  end
  return table.concat(letters)
end
