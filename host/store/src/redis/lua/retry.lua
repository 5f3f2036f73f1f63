-- Retry by hand: the job is available, with its counters at zero and its last checkpoint. Returns
-- a letter for each: 'a' available, 'u' unknown, else the state from which nothing is retried.

local function retry(n)
  if lease_of(n) then
    return RUNNING
  end
  local standing, over = read_standing(n), end_of(n)
  if over then
    local state, finished_at, started_at, _, record = split_end(over)
    if state == COMPLETE then
      return state
    end
    call('ZREM', T .. 'over:' .. state, n)
    local last = read_record(record)
    if last.outcome ~= '-' then
      keep_attempt(n, last, started_at, finished_at)
      standing.attempt = string.match(last.token, '^%d+')
      standing.step = last.step
    end
    set_end(n, false)
  elseif standing.state == SCHEDULED or standing.state == RETRYABLE then
    no_longer_due(n, standing.state)
  else
    return AVAILABLE
  end
  standing.counters, standing.fuel, standing.wall = { 0, 0, 0, 0, 0, 0 }, 0, 0
  line_up(n, standing, true)
  wake_jobs = 'all'
  return 'a'
end

local letters = letter_for_each(retry)
flush()
return { letters, wake() }
