-- Pointers: all deployments, as of one moment. Writes nothing.

local deploys = call('HGET', HEAD, 'deploys') or '0'
return { deploys, call('HGETALL', T .. 'deployed'), call('HGETALL', T .. 'current'), call('HKEYS', NEEDED) }
