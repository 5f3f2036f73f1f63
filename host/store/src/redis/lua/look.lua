-- Look: jobs by number or by id, whole or for a list. Writes nothing.
--
-- Eight values for each: its number, what was pushed, its lease, its end, its standing, what wrote
-- its checkpoint, its last attempt that was not its end, its progress; '' for what there is not. For a list, long
-- values are cut: an end keeps its reason, what was pushed loses its input, and only a job that waits for its time
-- keeps the report of that attempt, which says why.

local by_id, whole = arg() == 'i', arg() == '1'

local function head_of_end(value)
  local _, _, _, _, record = split_end(value)
  local reason, from = string.match(record, '^' .. string.rep('%S+ ', 12) .. '(%d+) %S+ ()')
  return string.sub(value, 1, #value - #record + from + tonumber(reason) - 1)
end

local ns = {}
for i = 1, number() do
  ns[i] = arg()
end
if by_id then
  local there = {}
  for _, n in ipairs(fields(IDS, ns)) do
    there[#there + 1] = n or nil
  end
  ns = there
end
local worker_of
-- A lease as people read it: with the worker's id for its number.
local function shown_lease(value)
  if not value then
    return ''
  end
  if not worker_of then
    worker_of = {}
    local all = call('HGETALL', WORKERS)
    for i = 1, #all, 2 do
      worker_of[int(read_worker(all[i + 1]).number)] = all[i]
    end
  end
  local lease = read_lease(value)
  return table.concat({
    lease.token, lease.seq, lease.flags, lease.started_at, worker_of[lease.worker] or '-', lease.module,
  }, ' ')
end

local found = {}
local pushed, over = fields(JOB, ns), fields(ENDED, ns)
for i, n in ipairs(ns) do
  if pushed[i] then
    local more = call('HMGET', T .. 'more:' .. n, 'standing', 'wrote', 'progress')
    local last = call('LINDEX', T .. 'attempts:' .. n, -1) or ''
    local job, lease, ended = pushed[i], shown_lease(call('HGET', LEASE, n)), over[i] or ''
    if lease ~= '' or ended ~= '' then
      last = string.match(last, '^%S+ %S+ %S+ %S+ %S+') or ''
    end
    if not whole then
      job = string.match(job, '^%S+ %S+ %S+ %S+ %S+ ')
      ended = ended ~= '' and head_of_end(ended) or ''
    end
    for _, value in ipairs({
      n, job, lease, ended, more[1] or '', more[2] or '', last, more[3] or '',
    }) do
      found[#found + 1] = value
    end
  end
end
return found
