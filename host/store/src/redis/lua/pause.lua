-- Pause: jobs of a queue are taken, but not given out.

local queue, paused = arg(), arg() == '1'
if call(paused and 'SADD' or 'SREM', PAUSED, queue) == 1 then
  wake_jobs = 'all'
end
return wake()
