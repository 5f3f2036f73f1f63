-- Delete: a finished job goes, with all that belongs to it. Returns a letter for each.

local jobs, seen = {}, {}
local letters = letter_for_each(function(n)
  local over = not seen[n] and end_of(n)
  if not over then
    return '-'
  end
  seen[n] = true
  jobs[#jobs + 1] = { n = n, value = over }
  return 'd'
end)
remove(jobs)
return { letters, wake() }
