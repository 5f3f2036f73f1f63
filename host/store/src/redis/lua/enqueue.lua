-- Enqueue: all jobs of a push, or none. Returns the place of the first job whose kind is not
-- deployed (0: none); else which were new, a letter for each; and what to hear.

local count = number()
local jobs, known = {}, {}
for i = 1, count do
  local job = read_new_job()
  if known[job.kind] == nil then
    known[job.kind] = queue_of_kind(job.kind)
    if not known[job.kind] then
      return { tostring(i), '', '--' }
    end
  end
  jobs[i] = job
end
insert(jobs, '-')
local letters = {}
for i, job in ipairs(jobs) do
  letters[i] = job.exists and 'e' or 'n'
end
return { '0', table.concat(letters), wake() }
