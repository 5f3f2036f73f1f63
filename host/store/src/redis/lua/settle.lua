-- The end of an attempt: its lease goes, its job moves to where the verdict says.

-- The record of an ended attempt: "token seq outcome step", six counters, "fuel wall_ms
-- reason_bytes output_bytes", then reason, output and report. `-` for what there is not.
local RECORD = '^(%S+) (%d+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%d+) (%d+) (%d+) (%S+) ()'
local function read_record(record)
  local token, seq, outcome, step, c1, c2, c3, c4, c5, c6, fuel, wall, reason, output, from =
    string.match(record, RECORD)
  local report_from = from + tonumber(reason) + (tonumber(output) or 0)
  return {
    token = token, seq = tonumber(seq), outcome = outcome, step = step, counters = { c1, c2, c3, c4, c5, c6 },
    fuel = tonumber(fuel), wall = tonumber(wall), report = string.sub(record, report_from),
  }
end
local function record_without_report(token, seq, outcome, step, counters, reason)
  return table.concat({
    token, seq, outcome, step, table.concat(counters, ' '), '0 0', #reason, '- ',
  }, ' ') .. reason
end

-- Ends are "state finished_at started_at bare", then the record.
local function split_end(value)
  local state, finished_at, started_at, bare, from = string.match(value, '^(%d) (%d+) (%S+) (%d) ()')
  return state, finished_at, started_at, bare == '1', string.sub(value, from)
end

local function keep_attempts(n, kept)
  local key = T .. 'attempts:' .. n
  if kept > 0 then
    call('LTRIM', key, -kept, -1)
  else
    call('DEL', key)
  end
end
-- Attempts that were not the end: "token seq outcome started_at ended_at", then the report.
local function keep_attempt(n, record, started_at, ended_at)
  call('RPUSH', T .. 'attempts:' .. n, table.concat({
    record.token, record.seq, record.outcome, started_at, ended_at, record.report,
  }, ' '))
  keep_attempts(n, ATTEMPTS_KEPT)
end

local function finish(n, lease, state, record, bare, id)
  set_end(n, state .. ' ' .. NOW .. ' ' .. lease.started_at .. (bare and ' 1 ' or ' 0 ') .. record)
  if not has(lease.flags, FRESH) then
    keep_attempts(n, ATTEMPTS_KEPT - 1)
  end
  if state == COMPLETE then
    completed[#completed + 1] = n .. ' ' .. NOW .. (bare and ' 1 ' or ' 0 ') .. id
    if not bare then
      local module = wrote_by(n)
      if module then
        need(n, module, -1)
      end
    end
  else
    call('ZADD', T .. 'over:' .. state, NOW, n)
  end
end

-- `flags` as they are with this end. `bare`: nothing but this end was ever written for the job.
-- `id` is needed of one that completes.
local function settle(n, lease, flags, state, param, record, bare, id)
  set_lease(n, false)
  local asked = has(flags, ASKED)
  if asked then
    call('SREM', CANCEL, n)
  end
  if state >= COMPLETE then
    return finish(n, lease, state, record, bare, id)
  end
  if asked then
    return finish(n, lease, CANCELLED, record, bare, id)
  end
  local parsed = read_record(record)
  keep_attempt(n, parsed, lease.started_at, NOW)
  local standing = read_standing(n)
  standing.attempt = string.match(lease.token, '^(%d+)')
  standing.step = parsed.step
  standing.counters = parsed.counters
  standing.fuel = standing.fuel + parsed.fuel
  standing.wall = standing.wall + parsed.wall
  if state == AVAILABLE then
    line_up(n, standing, param == 'b')
  else
    put_off(n, standing, state, now + tonumber(param))
  end
  wake_jobs = wake_jobs or 'idle'
end

-- The verdicts that a store passes by itself, as `given_back` and `worker_lost` in
-- `cofferdam-queue` have them: here too, because the leases end in the same step.
local INTERRUPTIONS, CRASHES, IDLE_INTERRUPTIONS, IDLE_CRASHES = 2, 3, 5, 6
-- Where it stood before this attempt, and whether the attempt got further, which clears counters.
local function before(n, lease)
  local standing, progressed = read_standing(n), has(lease.flags, PROGRESSED)
  if progressed then
    standing.counters[IDLE_CRASHES], standing.counters[IDLE_INTERRUPTIONS] = 0, 0
  end
  return standing, standing.counters, progressed
end
local function give_back(n, lease)
  local standing, counters, progressed = before(n, lease)
  counters[INTERRUPTIONS] = counters[INTERRUPTIONS] + 1
  counters[IDLE_INTERRUPTIONS] = counters[IDLE_INTERRUPTIONS] + 1
  local record = record_without_report(lease.token, lease.seq, 'interrupted', standing.step, counters, '')
  settle(n, lease, lease.flags, AVAILABLE, progressed and 'f' or 'b', record, false)
end
local function worker_lost(n, lease)
  local standing, counters = before(n, lease)
  counters[CRASHES] = counters[CRASHES] + 1
  counters[IDLE_CRASHES] = counters[IDLE_CRASHES] + 1
  local dead = counters[IDLE_CRASHES] >= CRASHES_MAX
  local record = record_without_report(
    lease.token, lease.seq, 'worker_lost', standing.step, counters, dead and CRASH_REASON or '')
  settle(n, lease, lease.flags, dead and DEAD or AVAILABLE, 'f', record, false)
end

-- All leases of a worker, by its number, in the order in which its jobs were pushed.
local function leases_of(worker)
  worker = int(worker)
  local held = {}
  local all = call('HGETALL', LEASE)
  for i = 1, #all, 2 do
    local n = all[i]
    local value = leases[n]
    if value == nil then
      value = all[i + 1]
    end
    if value then
      local lease = read_lease(value)
      if lease.worker == worker then
        held[#held + 1] = { n = n, lease = lease }
      end
    end
  end
  table.sort(held, function(a, b) return tonumber(a.n) < tonumber(b.n) end)
  return held
end

-- In one step: its leases end, and its jobs go back. Returns how many there were.
local function lose(id)
  local held = leases_of(forget_worker(id))
  for _, one in ipairs(held) do
    worker_lost(one.n, one.lease)
  end
  return #held
end

-- If nobody was heard for so long that nothing can be said of anybody, all leases go on for as
-- long as a heartbeat takes: the rules of `silence.rs` in the crate of rules.
-- With a lease that is known, the others are looked at only if there can have been a silence.
local function end_silence(lease_ms)
  local silent_ms = now - (tonumber(call('HGET', HEAD, 'heard_at')) or 0)
  if lease_ms and silent_ms <= lease_ms - math.floor(lease_ms / 3) then
    return
  end
  local known, longest_ms = known_workers(), 0
  for _, one in ipairs(known) do
    longest_ms = math.max(longest_ms, one.worker.lease_ms)
  end
  if silent_ms <= longest_ms - math.floor(longest_ms / 3) then
    return
  end
  for _, one in ipairs(known) do
    local worker = one.worker
    local spared_until = math.min(now + math.max(math.floor(worker.lease_ms / 3), 1000), LATEST)
    if worker.expires_at < spared_until then
      worker.expires_at = spared_until
      write_worker(one.id, worker)
    end
  end
  call('HSET', HEAD, 'heard_at', NOW)
end

-- A worker speaks. Others that could not, because nobody could, are spared first.
local function hear(lease_ms)
  end_silence(lease_ms)
  call('HSET', HEAD, 'heard_at', NOW)
end

-- A worker whose lease holds; `nil` for any other. One whose lease ran out is reaped here:
-- it is told so, and from then on nothing of it may be committed.
local function signed_on(id)
  local value = call('HGET', WORKERS, id)
  if not value then
    return nil
  end
  local worker = read_worker(value)
  if worker.expires_at > now then
    return worker
  end
  end_silence()
  worker = read_worker(call('HGET', WORKERS, id))
  if worker.expires_at > now then
    return worker
  end
  lose(id)
  return nil
end
