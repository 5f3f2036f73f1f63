-- Cancel: at once when the job is not running, through its worker when it is. Returns a letter for
-- each: 'r' asked through its worker, 'c' cancelled, 'u' unknown, else the state it ended in.

local function cancel(n)
  local value = lease_of(n)
  if value then
    local lease = read_lease(value)
    if not has(lease.flags, ASKED) then
      set_lease(n, write_lease(lease, lease.seq, lease.flags + ASKED))
      call('SADD', CANCEL, n)
    end
    wake_notices = true
    return 'r'
  end
  local over = end_of(n)
  if over then
    return (split_end(over))
  end
  local standing = read_standing(n)
  if not standing.state then
    -- It stays in its line, and is passed over there.
    call('SADD', T .. 'gone:' .. lane_of(n, '0'), n)
  elseif standing.state == AVAILABLE then
    call('ZREM', T .. 'back:' .. lane_of(n, standing.step), n)
  else
    no_longer_due(n, standing.state)
  end
  local record = record_without_report('-', 0, '-', '-', { '-', '-', '-', '-', '-', '-' }, '')
  set_end(n, table.concat({ CANCELLED, NOW, '-', standing.state and 0 or 1, record }, ' '))
  call('ZADD', T .. 'over:' .. CANCELLED, NOW, n)
  return 'c'
end

local letters = letter_for_each(cancel)
flush()
return { letters, wake() }
