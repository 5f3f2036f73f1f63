-- New jobs: pushed, or enqueued by a commit.

local queues_of_kinds = {}
-- The queue that the deployed manifest names; `false` if nothing is deployed as this kind.
local function queue_of_kind(kind)
  local queue = queues_of_kinds[kind]
  if queue == nil then
    queue = call('HGET', KINDS, kind)
    queues_of_kinds[kind] = queue
  end
  return queue
end

local function read_new_job()
  local at = cursor
  cursor = at + 5
  return {
    id = ARGV[at + 1], kind = ARGV[at + 2], queue = ARGV[at + 3], due_at = ARGV[at + 4], input = ARGV[at + 5],
  }
end

-- Inserts those whose id is not taken; marks the others with `exists`.
local function insert(jobs, parent)
  local ids = {}
  for i, job in ipairs(jobs) do
    ids[i] = job.id
  end
  local known, seen, new = fields(IDS, ids), {}, {}
  for i, job in ipairs(jobs) do
    if known[i] or seen[job.id] then
      job.exists = true
    else
      seen[job.id] = true
      new[#new + 1] = job
    end
  end
  if #new == 0 then
    return
  end
  local last = numbers(#new)
  local numbered, values, lines, late = {}, {}, {}, {}
  for i, job in ipairs(new) do
    local n, queue = int(last + i), job.queue
    if queue == '' then
      queue = queue_of_kind(job.kind) or 'default'
    end
    numbered[2 * i - 1], numbered[2 * i] = job.id, n
    values[2 * i - 1] = n
    values[2 * i] = queue .. ' ' .. job.kind .. ' ' .. NOW .. ' ' .. parent .. ' ' .. job.id .. ' ' .. job.input
    if job.due_at ~= '' and tonumber(job.due_at) > now then
      late[#late + 1] = { n = n, at = tonumber(job.due_at) }
    else
      local lane = queue .. ' ' .. job.kind .. ' 0 -'
      local line = lines[lane]
      if not line then
        line = { queue = queue }
        lines[lane] = line
      end
      line[#line + 1] = n
    end
  end
  many('HSET', IDS, numbered)
  many('HSET', JOB, values)
  for lane, line in pairs(lines) do
    many('RPUSH', T .. 'line:' .. lane, line)
    open_lane(lane, line.queue)
  end
  for _, one in ipairs(late) do
    put_off(one.n, read_standing(one.n), SCHEDULED, one.at)
  end
  wake_jobs = wake_jobs or 'idle'
end
