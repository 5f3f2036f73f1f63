-- Order: what workers hear with their next heartbeat. Returns how many were told.

local only, order = arg(), arg()
local told, all = 0, call('HGETALL', WORKERS)
for i = 1, #all, 2 do
  if only == '' or all[i] == only then
    local worker = read_worker(all[i + 1])
    worker.order = order
    write_worker(all[i], worker)
    if order ~= '0' then
      call('HDEL', WAITING, all[i])
    end
    told = told + 1
  end
end
wake_notices = told > 0
return { told, wake() }
