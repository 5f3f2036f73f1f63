-- Deploy: keep the module and point its kind to it. Its bytes were sent before, to a place of their
-- own that expires when nobody comes back for it.

local kind, module, queue, bytes, manifest, upload = arg(), arg(), arg(), arg(), arg(), arg()
local field = kind .. ' ' .. module
local previous = call('HGET', CURRENT, kind) or ''
local known = call('HGET', DEPLOYED, field)
if previous == module and known and string.match(known, '^%S+ %S+ %S+ %S+ (.*)$') == manifest then
  call('UNLINK', upload)
  return { 'unchanged', previous, '--' }
end
if call('EXISTS', T .. 'module:' .. module) == 1 then
  call('UNLINK', upload)
elseif call('EXISTS', upload) == 1 then
  call('RENAME', upload, T .. 'module:' .. module)
  call('PERSIST', T .. 'module:' .. module)
else
  return { 'gone', previous, '--' }
end
local turn = tell()
call('HSET', DEPLOYED, field, table.concat({ turn, NOW, bytes, queue, manifest }, ' '))
point(kind, module)
return { 'deployed', previous, wake() }
