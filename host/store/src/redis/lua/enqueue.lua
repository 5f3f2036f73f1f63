-- Enqueue: all jobs of a push, or none. Returns the place of the first job whose kind is not
-- deployed (0: none); else which were new, a letter for each; and what to hear.

local nonce = arg()
local runs, place = {}, 1
for i = 1, number() do
  local run = read_run()
  if not queue_of_kind(run.kind) then
    return { int(place), '', '--' }
  end
  runs[i], place = run, place + run.count
end
if #runs == 1 and hand_over(runs[1], nonce) then
  return { '0', 'n', '--' }
end
return { '0', insert(runs, '-'), wake() }
