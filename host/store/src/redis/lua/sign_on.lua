-- Sign on: a worker may claim from now on. A repetition changes nothing.

local id, facts, lease_ms = arg(), arg(), number()
if call('HEXISTS', WORKERS, id) == 0 then
  hear()
  write_worker(id, {
    number = numbers(1) + 1, lease_ms = lease_ms, expires_at = math.min(now + lease_ms, LATEST),
    order = '0', quiet = '0', running = '0', reserved = '0', turn = '0', handed = 0,
  })
  call('HSET', FACTS, id, facts)
end
-- It will ask: what is pushed before it does must wake it.
call('HSET', WAITING, id, '')
return 'on'
