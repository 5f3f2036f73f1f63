-- Workers: what is known of each, and which of its claims was the last.

-- A worker is "number lease_ms expires_at order quiet running reserved_bytes turn handed": of the last,
-- how often it was handed jobs. One that an older version signed on has no such number.
local function read_worker(value)
  local number, lease_ms, expires_at, order, quiet, running, reserved, turn, handed =
    string.match(value, '^(%d+) (%d+) (%d+) (%d) (%d) (%d+) (%d+) (%d+) ?(%d*)$')
  return {
    number = tonumber(number), lease_ms = tonumber(lease_ms), expires_at = tonumber(expires_at),
    order = order, quiet = quiet, running = running, reserved = reserved, turn = turn,
    handed = tonumber(handed) or 0,
  }
end
local function write_worker(id, worker)
  call('HSET', WORKERS, id, table.concat({
    int(worker.number), int(worker.lease_ms), int(worker.expires_at), worker.order, worker.quiet,
    worker.running, worker.reserved, worker.turn, int(worker.handed),
  }, ' '))
end
-- Returns its number; `nil` when it was not there.
local function forget_worker(id)
  local value = call('HGET', WORKERS, id)
  if value then
    call('HDEL', WORKERS, id)
    call('HDEL', FACTS, id)
    call('HDEL', WAITING, id)
    return read_worker(value).number
  end
end

-- The workers, each with its id, in the order of signing on.
local function known_workers()
  local all, known = call('HGETALL', WORKERS), {}
  for i = 1, #all, 2 do
    known[#known + 1] = { id = all[i], worker = read_worker(all[i + 1]) }
  end
  table.sort(known, function(a, b) return a.worker.number < b.worker.number end)
  return known
end

-- `false`: a later claim of this worker was here before it, and nobody waits for this answer.
local function take_turn(id, worker, turn)
  if tonumber(turn) <= tonumber(worker.turn) then
    return false
  end
  worker.turn = turn
  write_worker(id, worker)
  return true
end

-- A claim that got less than it asked for stays, and is served by whoever pushes: it is
-- "handle jobs_left free_bytes", then its terms, a word a line. '' for a worker that is only woken.
local STAYS_BYTES_MAX = 4096
local function wait_for_jobs(worker, handle, jobs_left, free_bytes, terms)
  local claim = ''
  if jobs_left > 0 and terms and #terms <= STAYS_BYTES_MAX then
    claim = table.concat({ handle, int(jobs_left), int(free_bytes), terms }, '\n')
  end
  call('HSET', WAITING, worker, claim)
end
