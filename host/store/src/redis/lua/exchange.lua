-- Exchange: the commits of many attempts and the next claim, in one round trip.

local letters = commit_all()
local claimed, unknown, starved, given = '', {}, '', {}
if arg() == '1' then
  claimed, unknown, starved, given = claim()
end
flush()
return { NOW, letters, claimed, unknown, starved, next_due_at(), wake(), given }
