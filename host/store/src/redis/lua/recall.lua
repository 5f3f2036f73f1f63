-- Recall: after a lost reply, the jobs under a worker's lease of which it has never heard. What
-- it heard of but no longer holds, or cannot run, is given back.

local worker, turn = arg(), arg()
local known = signed_on(worker)
if not known then
  flush()
  return { 'expired', {}, wake(), '0' }
end
if not take_turn(worker, known, turn) then
  return { 'late', {}, '--', '0' }
end
-- What it waited for would come on top of what it is given now.
call('HDEL', WAITING, worker)
local held, runs = {}, {}
for _ = 1, number() do
  held[arg()] = true
end
for _ = 1, number() do
  local kind, module = arg(), arg()
  runs[kind .. ' ' .. short(module)] = module
end
local unheard = {}
for _, one in ipairs(leases_of(known.number)) do
  local n, lease = one.n, one.lease
  if not held[id_of(n)] then
    local _, kind = queue_and_kind(n)
    local module = lease.seq == 0 and not has(lease.flags, ASKED) and runs[kind .. ' ' .. lease.module]
    if module then
      local more = call('HMGET', T .. 'more:' .. n, 'standing', 'wrote', 'state')
      local standing = read_standing(n)
      for _, value in ipairs({
        call('HGET', JOB, n), module, lease.started_at, int(standing.ord), standing.step, lease.token,
        more[1] or '', more[2] or '', more[3] or '',
      }) do
        unheard[#unheard + 1] = value
      end
    else
      give_back(n, lease)
    end
  end
end
flush()
return { 'recalled', unheard, wake(), int(known.handed) }
