-- Sign off: what the worker still holds is given back as interrupted.

local id = arg()
hear()
local worker = forget_worker(id)
if worker then
  for _, one in ipairs(leases_of(worker)) do
    give_back(one.n, one.lease)
  end
end
flush()
return wake()
