-- Sign off: what the worker still holds is given back as interrupted.

local id = arg()
if forget_worker(id) then
  for _, one in ipairs(leases_of(id)) do
    give_back(one.n, one.lease)
  end
end
flush()
return wake()
