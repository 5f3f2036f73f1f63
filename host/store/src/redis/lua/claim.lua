-- Claim: the jobs that stand first, among those that this worker can run now.
--
-- Only the heads of the open lanes are looked at, so that the cost does not grow with the queue.

-- The most entries of a lane that are read at once.
local LOOK = 256

-- Work data beyond the checkpoint is done again: what is there of it goes.
local function cut_back(n, from)
  local top = tonumber(call('HGET', T .. 'parts:' .. n, 'top') or -1)
  if top < from then
    return
  end
  local beyond = {}
  for number = from, top do
    beyond[#beyond + 1] = int(number)
  end
  many('HDEL', T .. 'append:' .. n, beyond)
  many('HDEL', T .. 'parts:' .. n, beyond)
  if from == 0 then
    call('DEL', T .. 'parts:' .. n)
  else
    call('HSET', T .. 'parts:' .. n, 'top', int(from - 1))
  end
end

-- What a job has been through: its standing, its checkpoint and that one's bytes; '' for none.
local function past(n)
  local more = call('HMGET', T .. 'more:' .. n, 'standing', 'wrote', 'state')
  local from = more[2] and tonumber(string.match(more[2], '^%S+ %S+ (%d+)')) or 0
  cut_back(n, from)
  return more[1] or '', more[2] or '', more[3] or ''
end

-- Read on in a lane's jobs as they were pushed, passing over those that were cancelled there.
local function look_at_line(head, wanted)
  local from = head.read
  local found = call('LRANGE', T .. 'line:' .. head.lane, from, from + wanted - 1)
  head.read = from + #found
  head.line_read = #found < wanted
  head.line, head.places, head.line_at = found, nil, 1
  head.base = from
  if not head.has_gone or #found == 0 then
    return
  end
  head.line, head.places = {}, {}
  for i, gone in ipairs(call('SMISMEMBER', T .. 'gone:' .. head.lane, unpack(found))) do
    if gone == 0 then
      head.line[#head.line + 1], head.places[#head.places + 1] = found[i], from + i - 1
    else
      head.gone[#head.gone + 1] = { n = found[i], place = from + i - 1 }
    end
  end
  if #head.line == 0 and not head.line_read then
    return look_at_line(head, wanted)
  end
end

-- Read on in a lane: jobs as they were pushed, and jobs that came back.
local function look(head, wanted)
  wanted = math.min(wanted, LOOK)
  if head.line_at > #head.line and not head.line_read then
    look_at_line(head, wanted)
  end
  if head.back_at > #head.back and not head.back_read then
    head.back = call('ZRANGE', T .. 'back:' .. head.lane, head.returned, head.returned + wanted - 1, 'WITHSCORES')
    head.back_at = 1
    head.returned = head.returned + #head.back / 2
    head.back_read = #head.back / 2 < wanted
  end
end
-- The first of a lane: its number, its place, and whether it stands as it was pushed.
local function first(head)
  local line, back = head.line[head.line_at], head.back[head.back_at]
  if not back then
    return line, line and tonumber(line), true
  end
  local ord = tonumber(head.back[head.back_at + 1])
  if line and tonumber(line) < ord then
    return line, tonumber(line), true
  end
  return back, ord, false
end

-- A lane that this worker has heard of, and takes nothing from.
local NOT_SERVED = {}

local function open_heads(terms, wanted_max, free_bytes)
  local heads, unknown, paused = {}, {}, {}
  for _, queue in ipairs(call('SMEMBERS', PAUSED)) do
    paused[queue] = true
  end
  for _, lane in ipairs(call('SMEMBERS', LANES)) do
    local term = terms[lane]
    if not term then
      unknown[#unknown + 1] = lane
    elseif term ~= NOT_SERVED and not paused[string.match(lane, '^%S+')] then
      local head = {
        lane = lane, term = term, line = {}, line_at = 1, read = 0, base = 0, back = {}, back_at = 1, returned = 0,
        again = {}, gone = {}, has_gone = call('EXISTS', T .. 'gone:' .. lane) == 1,
      }
      look(head, math.min(wanted_max, math.floor(free_bytes / term.reservation_bytes)) + 1)
      heads[#heads + 1] = head
    end
  end
  return heads, unknown
end

-- What was taken of a lane leaves it. A lane that is seen to be empty is closed.
local function leave(head)
  local line, back = T .. 'line:' .. head.lane, T .. 'back:' .. head.lane
  local passed = head.read
  if head.line_at <= #head.line then
    passed = head.places and head.places[head.line_at] or head.base + head.line_at - 1
  end
  if passed > 0 then
    call('LPOP', line, passed)
    local gone = {}
    for _, one in ipairs(head.gone) do
      if one.place < passed then
        gone[#gone + 1] = one.n
      end
    end
    many('SREM', T .. 'gone:' .. head.lane, gone)
  end
  many('ZREM', back, head.again)
  if not first(head) and head.line_read and head.back_read then
    call('SREM', LANES, head.lane)
  end
end

-- Puts what was taken under leases. Returns it run by run: the lane's place among the terms and how
-- many jobs. Of jobs that stand as they were pushed, their lease and their numbers follow, then what
-- was pushed; of others the place is negative, and of each there is what was pushed, its token and its past.
local function give(taken, worker, nonce)
  local values, given, held = fields(JOB, taken.ns), {}, {}
  for _, run in ipairs(taken.runs) do
    local term, at = run.term, #given
    given[at + 1], given[at + 2] = run.fresh and term.place or -term.place, run.last - run.first + 1
    if run.fresh then
      local lease = table.concat({ '1-' .. nonce, 0, FRESH, NOW, worker, short(term.module) }, ' ')
      given[at + 3], given[at + 4] = lease, table.concat(taken.ns, ' ', run.first, run.last)
      at = at + 5 - run.first
      for i = run.first, run.last do
        held[2 * i - 1], held[2 * i] = taken.ns[i], lease
        given[at + i] = values[i]
      end
    else
      at = at + 3
      for i = run.first, run.last do
        local n = taken.ns[i]
        local standing, wrote, state = past(n)
        local token = string.match(standing, '^%S+ %S+ %S+ (%d+)') + 1 .. '-' .. nonce
        held[2 * i - 1] = n
        held[2 * i] = table.concat({ token, 0, 0, NOW, worker, short(term.module) }, ' ')
        given[at], given[at + 1], given[at + 2] = values[i], token, standing
        given[at + 3], given[at + 4] = wrote, state
        at = at + 5
      end
    end
  end
  many('HSET', LEASE, held)
  return given
end

-- The head whose first is next, and the place up to which it stays so.
local function foremost(heads, free_bytes)
  local best, best_ord, second_ord
  for _, head in ipairs(heads) do
    if head.term.reservation_bytes <= free_bytes then
      local n, ord = first(head)
      if n then
        local rank = head.term.rank
        if not best or rank < best.term.rank or (rank == best.term.rank and ord < best_ord) then
          second_ord = best and rank == best.term.rank and best_ord or nil
          best, best_ord = head, ord
        elseif rank == best.term.rank and (not second_ord or ord < second_ord) then
          second_ord = ord
        end
      end
    end
  end
  return best, second_ord
end

-- So many entries of a list whose place is at most `up_to`; all of them when that is not said.
local function run_length(list, from, step, count, up_to)
  local last = math.min(#list, from + step * count - 1)
  if up_to then
    local entry = from
    while entry <= last and tonumber(list[entry + step - 1]) <= up_to do
      entry = entry + step
    end
    last = entry - 1
  end
  return math.floor((last - from + 1) / step)
end

-- Takes the jobs that come first, passing over lanes that do not fit, until so many are taken: run
-- after run of jobs of one lane that stand alike. Returns them, and the memory left.
local function take(heads, jobs_left, free_bytes)
  local taken, count = { ns = {}, runs = {} }, 0
  while count < jobs_left do
    local head, up_to = foremost(heads, free_bytes)
    if not head then
      break
    end
    local reservation_bytes = head.term.reservation_bytes
    local _, _, fresh = first(head)
    -- The other half of the lane bounds the run, too.
    local other = head.line[head.line_at]
    if fresh then
      other = head.back[head.back_at + 1]
    end
    if other and (not up_to or tonumber(other) < up_to) then
      up_to = tonumber(other)
    end
    local wanted = math.min(jobs_left - count, math.floor(free_bytes / reservation_bytes))
    local list, from, step = head.line, head.line_at, 1
    if not fresh then
      list, from, step = head.back, head.back_at, 2
    end
    local length = run_length(list, from, step, wanted, up_to)
    for i = 0, length - 1 do
      taken.ns[count + 1 + i] = list[from + step * i]
      if not fresh then
        head.again[#head.again + 1] = list[from + step * i]
      end
    end
    if fresh then
      head.line_at = from + length
    else
      head.back_at = from + 2 * length
    end
    taken.runs[#taken.runs + 1] = { term = head.term, fresh = fresh, first = count + 1, last = count + length }
    count = count + length
    free_bytes = free_bytes - length * reservation_bytes
    look(head, jobs_left - count + 1)
  end
  return taken, free_bytes
end

-- Returns "expired", "none" or "given"; the lanes of which it did not speak; the reservation and
-- the time of the job that starves; how often this worker was handed jobs; and what was given.
local function claim()
  local worker, turn, heard, stays, deploys = arg(), arg(), number(), number(), arg()
  local jobs_left, free_bytes, nonce = number(), number(), arg()
  local terms, terms_from = {}, cursor + 1
  for place = 1, number() do
    local lane = arg()
    terms[lane] = { place = place, rank = number(), reservation_bytes = number(), module = arg() }
  end
  for _ = 1, number() do
    terms[arg()] = NOT_SERVED
  end
  local known = signed_on(worker)
  if not known then
    return 'expired', {}, '', '0', {}
  end
  local handed = int(known.handed)
  if not take_turn(worker, known, turn) then
    return 'none', {}, '', handed, {}
  end
  if known.handed ~= heard or deploys ~= (call('HGET', HEAD, 'deploys') or '0') then
    -- It was handed a job of which it does not know, and has less memory free than it says; or what it
    -- can run is not what is deployed, of which it hears by the bell.
    call('HDEL', WAITING, worker)
    return 'none', {}, '', handed, {}
  end
  local heads, unknown = open_heads(terms, jobs_left, free_bytes)
  if #unknown > 0 then
    -- The job that comes first may stand in one of them.
    call('HDEL', WAITING, worker)
    return 'given', unknown, '', handed, {}
  end
  local taken
  taken, free_bytes = take(heads, jobs_left, free_bytes)
  local starved, starved_ord = '', nil
  for _, head in ipairs(heads) do
    local n, ord, fresh = first(head)
    if n and head.term.reservation_bytes > free_bytes and (not starved_ord or ord < starved_ord) then
      local at
      if fresh then
        at = string.match(call('HGET', JOB, n), '^%S+ %S+ (%d+)')
      else
        at = read_standing(n).at
      end
      starved, starved_ord = int(head.term.reservation_bytes) .. ' ' .. at, ord
    end
  end
  for _, head in ipairs(heads) do
    leave(head)
  end
  if #taken.ns < jobs_left then
    -- For one that starves, memory may have to be kept.
    local stays_with = starved == '' and table.concat(ARGV, '\n', terms_from, cursor)
    wait_for_jobs(worker, HANDLE, math.min(jobs_left, stays) - #taken.ns, free_bytes, stays_with)
  else
    call('HDEL', WAITING, worker)
  end
  return 'given', unknown, starved, handed, give(taken, int(known.number), nonce)
end
