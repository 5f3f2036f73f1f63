-- What every script begins with: the keys, the time, the arguments, and what is written at the end.
--
-- KEYS[1] is `{name}:head`; all other keys are made from it, so they are of one hash slot.
-- ARGV: the time ('' for the server's own), the handle that asks, attempts kept of a job, log
-- lines kept of a job, the crash that makes a job dead, the reason it gets; then what the
-- script takes, read in order with `arg()`.
--
-- A script that fails half-way leaves half its writes: what may fail is looked at first.

local call, ARGV = redis.call, ARGV
local HEAD = KEYS[1]
local T = string.sub(HEAD, 1, -5)
local IDS, JOB, LEASE, ENDED = T .. 'ids', T .. 'job', T .. 'lease', T .. 'ended'
local LANES, PAUSED, QUEUES, LATE = T .. 'lanes', T .. 'paused', T .. 'queues', T .. 'late'
local WORKERS, FACTS, CANCEL, WAITING = T .. 'workers', T .. 'facts', T .. 'cancel', T .. 'waiting'
local COMPLETED, KINDS, NEEDED = T .. 'completed', T .. 'kinds', T .. 'needed'

local HANDLE = ARGV[2]
local ATTEMPTS_KEPT, LOG_KEPT = tonumber(ARGV[3]), tonumber(ARGV[4])
local CRASHES_MAX, CRASH_REASON = tonumber(ARGV[5]), ARGV[6]

-- The numbers of the states, as everywhere.
local SCHEDULED, AVAILABLE, RUNNING, RETRYABLE = '0', '1', '2', '3'
local COMPLETE, DEAD, CANCELLED = '5', '6', '7'

-- The most values given to one command: Lua's stack takes 8,000.
local CHUNK = 4000

local cursor = 6
local function arg()
  cursor = cursor + 1
  return ARGV[cursor]
end
local function number()
  return tonumber(arg())
end

-- Lua by itself writes numbers of 15 digits and more as powers of ten.
local format = string.format
local function int(value)
  return format('%d', value)
end

local now
if ARGV[1] == '' then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
else
  now = tonumber(ARGV[1])
end
local NOW = int(now)
local LATEST = 253402300799999

-- Calls a command with many values, a chunk at a time.
local function many(command, key, values)
  local count = #values
  if count == 0 then
    return
  end
  for from = 1, count, CHUNK do
    call(command, key, unpack(values, from, math.min(from + CHUNK - 1, count)))
  end
end

-- The values of many fields, in order; `false` where there is none. The names are all of the
-- list, or those from `first` to `last`.
local function fields(key, names, first, last)
  first, last = first or 1, last or #names
  if last < first then
    return {}
  end
  if last - first < CHUNK then
    return call('HMGET', key, unpack(names, first, last))
  end
  local values = {}
  for from = first, last, CHUNK do
    for _, value in ipairs(call('HMGET', key, unpack(names, from, math.min(from + CHUNK - 1, last)))) do
      values[#values + 1] = value
    end
  end
  return values
end

-- So many next numbers, of jobs or of places in line; returns the one before the first.
local function numbers(count)
  return call('HINCRBY', HEAD, 'next', count) - count
end

-- Who must hear of this. 'idle': only if somebody waits for jobs; 'all': whoever listens.
local wake_jobs, wake_notices = nil, false
local function publish(woken)
  call('PUBLISH', T .. 'wake', woken .. ' ' .. HANDLE)
end
-- Returns what the handle that asked must hear itself.
local function wake()
  local jobs = wake_jobs
  -- Whoever is woken asks anew: no claim stays that knows nothing of this.
  if jobs and call('DEL', WAITING) == 0 and jobs == 'idle' then
    jobs = nil
  end
  if jobs or wake_notices then
    publish((jobs and 'j' or '-') .. (wake_notices and 'n' or '-'))
  end
  return (wake_jobs and 'j' or '-') .. (wake_notices and 'n' or '-')
end
