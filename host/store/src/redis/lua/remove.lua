-- Jobs that ended go, with all that belongs to them.

-- Each with its number, its id, and whether it is bare: nothing of it is kept elsewhere.
local function forget(jobs)
  local ns, ids, more = {}, {}, {}
  for i, job in ipairs(jobs) do
    ns[i], ids[i] = job.n, job.id
    if not job.bare then
      for _, key in ipairs({ 'more:', 'attempts:', 'append:', 'parts:', 'log:' }) do
        more[#more + 1] = T .. key .. job.n
      end
    end
    ends[job.n] = false
  end
  many('HDEL', IDS, ids)
  many('HDEL', JOB, ns)
  many('HDEL', ENDED, ns)
  for from = 1, #more, CHUNK do
    call('UNLINK', unpack(more, from, math.min(from + CHUNK - 1, #more)))
  end
end

-- The same for jobs that ended in any way: each with its number and its end.
local function remove(jobs)
  for _, job in ipairs(jobs) do
    local state, _, _, bare = split_end(job.value)
    job.id, job.bare = id_of(job.n), bare
    if state == COMPLETE then
      call('HINCRBY', HEAD, 'completed', -1)
    else
      call('ZREM', T .. 'over:' .. state, job.n)
      local module = not bare and wrote_by(job.n)
      if module then
        need(job.n, module, -1)
      end
    end
  end
  forget(jobs)
end
