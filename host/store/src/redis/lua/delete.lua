-- Delete: a finished job goes, with all that belongs to it. Returns a letter for each.

local letters, ids, jobs = {}, {}, {}
for i = 1, number() do
  ids[i] = arg()
end
local seen = {}
for i, n in ipairs(fields(IDS, ids)) do
  local over = n and not seen[n] and end_of(n)
  letters[i] = over and 'd' or '-'
  if over then
    seen[n] = true
    jobs[#jobs + 1] = { n = n, value = over }
  end
end
remove(jobs)
return { table.concat(letters), wake() }
