-- Exchange: the commits of many attempts and the next claim, in one round trip.

local letters = complete_all()
letters = letters .. commit_all()
-- Before jobs are given: one of them may have been given back just now.
flush()
local claimed, unknown, starved, handed, given = '', {}, '', '0', {}
if arg() == '1' then
  claimed, unknown, starved, handed, given = claim()
end
flush()
return { NOW, letters, claimed, unknown, starved, next_due_at(), wake(), handed, given }
