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

-- Jobs that are alike in all but id and input stand together: their kind, queue and due time, how
-- many there are; then the ids, then the inputs. Returns where those stand among the arguments.
local function read_run()
  local run = { kind = arg(), queue = arg(), due_at = arg(), count = number(), ids = cursor }
  run.inputs = cursor + run.count
  cursor = run.inputs + run.count
  return run
end

-- What is kept of a job, up to its id and input.
local function pushed_as(queue, kind, parent)
  return queue .. ' ' .. kind .. ' ' .. NOW .. ' ' .. parent .. ' '
end

-- Inserts those whose id is not taken. Returns a letter for each job: `n` for new, `e` for one that
-- exists.
local function insert(runs, parent)
  local letters, seen, numbered, values, lines, late = {}, {}, {}, {}, {}, {}
  local total, new = 0, 0
  for _, run in ipairs(runs) do
    local queue = run.queue
    if queue == '' then
      queue = queue_of_kind(run.kind) or 'default'
    end
    local due_at = run.due_at ~= '' and tonumber(run.due_at)
    local line = lines[queue .. ' ' .. run.kind .. ' 0 -']
    if not line then
      line = { queue = queue }
      lines[queue .. ' ' .. run.kind .. ' 0 -'] = line
    end
    if due_at and due_at > now then
      line = nil
    end
    local pushed = pushed_as(queue, run.kind, parent)
    local known = fields(IDS, ARGV, run.ids + 1, run.ids + run.count)
    local waiting = line and #line
    -- More than are needed, when some exist: numbers are not kept without gaps.
    local n = numbers(run.count)
    for i = 1, run.count do
      local id = ARGV[run.ids + i]
      if known[i] or seen[id] then
        letters[total + i] = 'e'
      else
        seen[id], letters[total + i] = true, 'n'
        local name = format('%d', n + i)
        numbered[new + 1], numbered[new + 2] = id, name
        values[new + 1], values[new + 2] = name, pushed .. id .. ' ' .. ARGV[run.inputs + i]
        new = new + 2
        if line then
          waiting = waiting + 1
          line[waiting] = name
        else
          late[#late + 1] = { n = name, at = due_at }
        end
      end
    end
    total = total + run.count
  end
  if new > 0 then
    many('HSET', IDS, numbered)
    many('HSET', JOB, values)
    for lane, line in pairs(lines) do
      if #line > 0 then
        many('RPUSH', T .. 'line:' .. lane, line)
        open_lane(lane, line.queue)
      end
    end
    for _, one in ipairs(late) do
      put_off(one.n, read_standing(one.n), SCHEDULED, one.at)
    end
    wake_jobs = wake_jobs or 'idle'
  end
  return table.concat(letters)
end
