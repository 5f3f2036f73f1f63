-- Bury: the process of this worker was seen to end. Returns how many jobs went back.

local id = arg()
local reaped = 0
if call('HEXISTS', WORKERS, id) == 1 then
  reaped = lose(id)
end
flush()
return { reaped, wake() }
