-- Tend: end the leases that ran out, make available what is due, remove what was kept long
-- enough: each in a step that is short for the server.

local promoted_max, pruned_max, age_ms, kept = number(), number(), number(), number()
local dead_kept, dead_goes = number(), arg() == '1'

local function reap()
  end_silence()
  local known = known_workers()
  local reaped, lost, next_expiry_at = 0, {}, nil
  for _, one in ipairs(known) do
    -- The clock may have been set back: a lease never lasts longer from now than when new.
    local longest = math.min(now + one.worker.lease_ms, LATEST)
    if one.worker.expires_at > longest then
      one.worker.expires_at = longest
      write_worker(one.id, one.worker)
    end
    if one.worker.expires_at <= now then
      reaped = reaped + lose(one.id)
      lost[#lost + 1] = one.id
    else
      next_expiry_at = math.min(next_expiry_at or LATEST, one.worker.expires_at)
    end
  end
  return reaped, lost, next_expiry_at and int(next_expiry_at) or ''
end

-- The longest due first; at the same time, the first pushed.
local function promote()
  local due = {}
  for _, state in ipairs({ SCHEDULED, RETRYABLE }) do
    local found = call('ZRANGE', T .. 'due:' .. state, '-inf', NOW, 'BYSCORE', 'LIMIT', 0, promoted_max, 'WITHSCORES')
    for i = 1, #found, 2 do
      due[#due + 1] = { n = found[i], at = tonumber(found[i + 1]), state = state }
    end
  end
  table.sort(due, function(a, b)
    return a.at < b.at or (a.at == b.at and tonumber(a.n) < tonumber(b.n))
  end)
  local promoted = math.min(#due, promoted_max)
  for i = 1, promoted do
    no_longer_due(due[i].n, due[i].state)
    line_up(due[i].n, read_standing(due[i].n), true)
  end
  if promoted > 0 then
    wake_jobs = 'all'
  end
  return promoted
end

local function first_to_finish(a, b)
  return a.at < b.at or (a.at == b.at and tonumber(a.n) < tonumber(b.n))
end

-- `completed` is in the order of finishing, but for a clock that was set back: a little more than
-- may go is looked at, and put in order. Those that somebody deleted are passed over.
local function prune_completed(limit, before)
  local surplus = math.max(0, (tonumber(call('HGET', HEAD, 'completed')) or 0) - kept)
  local window = call('LRANGE', COMPLETED, 0, limit + 63)
  if #window == 0 then
    return 0
  end
  local jobs, ids = {}, {}
  for i, value in ipairs(window) do
    local n, at, bare, id = string.match(value, '^(%d+) (%d+) (%d) (%S+)$')
    jobs[i] = { n = n, at = tonumber(at), bare = bare == '1', id = id, value = value }
    ids[i] = id
  end
  local there = {}
  for i, n in ipairs(fields(IDS, ids)) do
    if n == jobs[i].n then
      there[#there + 1] = jobs[i]
    end
  end
  table.sort(there, first_to_finish)
  local old, left = {}, {}
  for i, job in ipairs(there) do
    if #old < limit and (i <= surplus or job.at < before) then
      old[#old + 1] = job
    else
      left[#left + 1] = job.value
    end
  end
  if #left == #window then
    return 0
  end
  call('LTRIM', COMPLETED, #window, -1)
  for i = #left, 1, -1 do
    call('LPUSH', COMPLETED, left[i])
  end
  if #old > 0 then
    call('HINCRBY', HEAD, 'completed', -#old)
    forget(old)
  end
  return #old
end

-- The ends of these, up to so many bytes: what is read and freed in one step is bounded.
local STEP_BYTES = 4194304
local function ended(ns)
  local few, bytes = {}, 0
  for _, n in ipairs(ns) do
    bytes = bytes + call('HSTRLEN', ENDED, n) + call('HSTRLEN', JOB, n)
    if #few > 0 and bytes > STEP_BYTES then
      break
    end
    few[#few + 1] = n
  end
  local jobs = {}
  for i, value in ipairs(fields(ENDED, few)) do
    jobs[i] = { n = few[i], value = value }
  end
  return jobs
end

local function prune_over(state, limit, before)
  if limit <= 0 then
    return 0
  end
  local ns = call('ZRANGE', T .. 'over:' .. state, '-inf', '(' .. int(before), 'BYSCORE', 'LIMIT', 0, limit)
  local old = ended(ns)
  remove(old)
  return #old
end

-- Dead jobs wait for a person, unless the operator said that the oldest may go.
local function prune_dead(limit)
  local surplus = call('ZCARD', T .. 'over:' .. DEAD) - dead_kept
  if not dead_goes or surplus <= 0 or limit <= 0 then
    return 0
  end
  local count = math.min(surplus, limit)
  local first = call('ZRANGE', T .. 'over:' .. DEAD, 0, count - 1, 'WITHSCORES')
  -- Redis has those of the same moment in the order of their digits; the first pushed goes first.
  local last, ns = first[#first], {}
  for i = 1, #first, 2 do
    if first[i + 1] ~= last then
      ns[#ns + 1] = first[i]
    end
  end
  local same = call('ZRANGE', T .. 'over:' .. DEAD, last, last, 'BYSCORE', 'LIMIT', 0, CHUNK)
  table.sort(same, function(a, b) return tonumber(a) < tonumber(b) end)
  for i = 1, math.min(#same, count - #ns) do
    ns[#ns + 1] = same[i]
  end
  local old = ended(ns)
  remove(old)
  return #old
end

local reaped, lost, next_expiry_at = reap()
local promoted = promote()
flush()
local before = now - age_ms
local pruned = prune_completed(pruned_max, before)
for _, state in ipairs({ CANCELLED, '8' }) do
  pruned = pruned + prune_over(state, pruned_max - pruned, before)
end
pruned = pruned + prune_dead(pruned_max - pruned)
local too_many = not dead_goes and call('ZCARD', T .. 'over:' .. DEAD) > dead_kept
return { NOW, promoted, reaped, lost, pruned, next_due_at(), next_expiry_at, wake(), too_many and 1 or 0 }
