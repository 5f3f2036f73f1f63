-- Hand over: a job that is pushed alone goes to a worker that waits, without standing in line.
--
-- The claims that stay are of workers for which there was nothing: whatever becomes available in
-- another way wakes them all, and then no claim stays. So nobody is passed over.

-- So many of those that wait are looked at: they may serve other queues.
local LOOKED_AT = 3

-- A larger input goes by the line: what waits to be sent to a process that listens is bounded by the server.
local INPUT_BYTES_MAX = 65536

-- A message as an answer is written.
local function message(values)
  local text = { '*' .. #values .. '\r\n' }
  for i, value in ipairs(values) do
    text[i + 1] = '$' .. #value .. '\r\n' .. value .. '\r\n'
  end
  return table.concat(text)
end

-- Nobody is given anything who is quiet, will soon be found lost, or does not listen.
local function is_there(worker, channel)
  return worker.quiet == '0' and worker.expires_at - now > worker.lease_ms / 2
    and call('PUBSUB', 'NUMSUB', channel)[2] > 0
end

-- What a claim that stayed says of this lane; `nil` if it takes nothing from it, or has no room.
local function find_term(id, text, lane)
  local handle, jobs_left, free_bytes, terms = string.match(text, '^(%S+)\n(%d+)\n(%d+)\n(.*)$')
  local _, found = string.find(terms or '', '\n' .. lane .. '\n', 1, true)
  -- Behind the lanes that are not served stands another lane, or nothing.
  local reservation_bytes, module = string.match(terms or '', '^%d+\n(%d+)\n(%S+)', (found or #(terms or '')) + 1)
  if not module or tonumber(reservation_bytes) > tonumber(free_bytes) then
    return nil
  end
  return {
    id = id, handle = handle, channel = T .. 'wake:' .. handle, terms = terms, module = module,
    jobs_left = tonumber(jobs_left), free_bytes = tonumber(free_bytes),
    reservation_bytes = tonumber(reservation_bytes),
  }
end

-- Those of them that would take it, the one with most room first.
local function find_claims(waiting, lane)
  local claims = {}
  for i = 1, #waiting, 2 do
    claims[#claims + 1] = find_term(waiting[i], waiting[i + 1], lane)
  end
  table.sort(claims, function(a, b) return a.jobs_left > b.jobs_left end)
  return claims
end

-- Takes it off the claim, puts it under the worker's lease, and tells. The token's random bits are the
-- pusher's: a server that came back with older data does not draw the same again.
local function hand(worker, claim, job, nonce)
  local n = int(numbers(1) + 1)
  worker.handed = worker.handed + 1
  local lease = table.concat({ '1-' .. nonce, 0, FRESH, NOW, int(worker.number), short(claim.module) }, ' ')
  call('HSET', IDS, job.id, n)
  call('HSET', JOB, n, job.value)
  call('HSET', LEASE, n, lease)
  call('SADD', QUEUES, job.queue)
  write_worker(claim.id, worker)
  -- Of the last one too a mark stays: the worker does not ask until it is woken.
  wait_for_jobs(claim.id, claim.handle, claim.jobs_left - 1, claim.free_bytes - claim.reservation_bytes, claim.terms)
  call('PUBLISH', claim.channel, message({
    int(worker.handed), NOW, claim.id, nonce, job.lane, claim.module, lease, n, job.value,
  }))
end

-- `false`: this is for the line.
local function hand_over(run, nonce)
  if run.count > 1 or #ARGV[run.inputs + 1] > INPUT_BYTES_MAX
    or (run.due_at ~= '' and tonumber(run.due_at) > now) then
    return false
  end
  local id, queue = ARGV[run.ids + 1], run.queue ~= '' and run.queue or queue_of_kind(run.kind)
  local lane = queue .. ' ' .. run.kind .. ' 0 -'
  local waiting = call('HRANDFIELD', WAITING, LOOKED_AT, 'WITHVALUES')
  for _, claim in ipairs(find_claims(waiting, lane)) do
    local known = call('HGET', WORKERS, claim.id)
    local worker = known and read_worker(known)
    if worker and is_there(worker, claim.channel) then
      -- What was pushed before comes first, and a paused queue gives nothing.
      if call('SISMEMBER', LANES, lane) == 1 or call('SISMEMBER', PAUSED, queue) == 1
        or call('HEXISTS', IDS, id) == 1 then
        return false
      end
      local value = pushed_as(queue, run.kind, '-') .. id .. ' ' .. ARGV[run.inputs + 1]
      hand(worker, claim, { id = id, queue = queue, lane = lane, value = value }, nonce)
      return true
    end
  end
  return false
end
