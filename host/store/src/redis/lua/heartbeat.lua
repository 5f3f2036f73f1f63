-- Heartbeat: one for all leases of a worker, answered with what it must know.

local id, quiet, running, reserved = arg(), arg(), arg(), arg()
local deploys = call('HGET', HEAD, 'deploys') or '0'
local known = call('HGET', WORKERS, id)
hear(known and read_worker(known).lease_ms)
local worker = signed_on(id)
if not worker then
  flush()
  return { 'expired', '0', deploys, {}, wake(), '0' }
end
worker.expires_at = math.min(now + worker.lease_ms, LATEST)
worker.quiet, worker.running, worker.reserved = quiet, running, reserved
write_worker(id, worker)
if quiet == '1' then
  call('HDEL', WAITING, id)
end
local cancelled = {}
for _, n in ipairs(call('SMEMBERS', CANCEL)) do
  local lease = lease_of(n)
  if lease and read_lease(lease).worker == int(worker.number) then
    cancelled[#cancelled + 1] = id_of(n)
  end
end
return { 'on', worker.order, deploys, cancelled, wake(), int(worker.handed) }
