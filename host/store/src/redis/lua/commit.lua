-- Commit: a checkpoint or the end of an attempt, with its effects, if the lease is proven.

-- Every argument is read, whether the commit is applied or not: the next one begins after it.
local read_section = {
  s = function(commit)
    commit.saved = {
      module = arg(), version = arg(), next_effect = arg(), count = number(),
      progressed = arg() == '1', bytes = arg(), state = arg(),
    }
  end,
  a = function(commit)
    commit.appends = {}
    for i = 1, number() do
      commit.appends[i] = { number = arg(), part = arg(), bytes = arg() }
    end
  end,
  p = function(commit)
    commit.progress = arg()
  end,
  l = function(commit)
    commit.logs = {}
    for i = 1, number() do
      commit.logs[i] = arg()
    end
  end,
  c = function(commit)
    commit.children = {}
    for i = 1, number() do
      commit.children[i] = read_run()
    end
  end,
  e = function(commit)
    commit.state, commit.param, commit.record = ARGV[cursor + 1], ARGV[cursor + 2], ARGV[cursor + 3]
    cursor = cursor + 3
  end,
}
local function read_commit()
  local at = cursor
  cursor = at + 4
  local commit = { id = ARGV[at + 1], token = ARGV[at + 2], seq = tonumber(ARGV[at + 3]), has = ARGV[at + 4] }
  local sections = commit.has
  for i = 1, #sections do
    read_section[string.sub(sections, i, i)](commit)
  end
  return commit
end

-- A checkpoint is "module version next_effect count at bytes" in `wrote`, its bytes in `state`.
local function save(n, saved)
  local key = T .. 'more:' .. n
  local before = call('HGET', key, 'wrote')
  local count = saved.count
  if before then
    local module, kept = string.match(before, '^(%S+) %S+ %S+ (%d+)')
    count = count + tonumber(kept)
    if module ~= saved.module then
      need(n, module, -1)
      need(n, saved.module, 1)
    end
  else
    need(n, saved.module, 1)
  end
  local wrote = table.concat({ saved.module, saved.version, saved.next_effect, int(count), NOW, saved.bytes }, ' ')
  call('HSET', key, 'wrote', wrote, 'state', saved.state)
end

local function append(n, appends)
  local chunks, parts, top = {}, {}, tonumber(call('HGET', T .. 'parts:' .. n, 'top') or -1)
  for _, one in ipairs(appends) do
    chunks[#chunks + 1], chunks[#chunks + 2] = one.number, one.bytes
    parts[#parts + 1], parts[#parts + 2] = one.number, one.part
    top = math.max(top, tonumber(one.number))
  end
  parts[#parts + 1], parts[#parts + 2] = 'top', int(top)
  many('HSET', T .. 'append:' .. n, chunks)
  many('HSET', T .. 'parts:' .. n, parts)
end

local function log(n, lines)
  many('RPUSH', T .. 'log:' .. n, lines)
  call('LTRIM', T .. 'log:' .. n, -LOG_KEPT, -1)
  call('HINCRBY', T .. 'more:' .. n, 'logged', #lines)
end

local function write(n, commit)
  if commit.saved then
    save(n, commit.saved)
  end
  if commit.appends then
    append(n, commit.appends)
  end
  if commit.progress then
    call('HSET', T .. 'more:' .. n, 'progress', commit.progress)
  end
  if commit.logs then
    log(n, commit.logs)
  end
  if commit.children then
    insert(commit.children, commit.id)
  end
end

-- The lease is gone. If this commit was applied while it held, its sender only missed the reply.
local function reply_after_the_end(n, commit)
  local value = end_of(n)
  if value then
    local _, _, _, _, record = split_end(value)
    local token, seq = string.match(record, '^(%S+) (%d+)')
    if token == commit.token then
      return commit.seq >= 1 and commit.seq <= tonumber(seq) and 'A' or 'L'
    end
  end
  for _, kept in ipairs(call('LRANGE', T .. 'attempts:' .. n, 0, -1)) do
    local token, seq = string.match(kept, '^(%S+) (%d+)')
    if token == commit.token then
      return commit.seq >= 1 and commit.seq <= tonumber(seq) and 'A' or 'L'
    end
  end
  return 'L'
end

-- 'C': applied now; 'A': it was before; 'L': the lease is not this attempt's any more.
local function commit_one(n, commit)
  if not n then
    return 'L'
  end
  local value = lease_of(n)
  local lease = value and read_lease(value)
  if not lease or lease.token ~= commit.token then
    return reply_after_the_end(n, commit)
  end
  if commit.seq ~= lease.seq + 1 then
    return commit.seq >= 1 and commit.seq <= lease.seq and 'A' or 'L'
  end
  local flags, effects = lease.flags, commit.has ~= 'e'
  if effects then
    write(n, commit)
    if commit.saved and commit.saved.progressed and not has(flags, PROGRESSED) then
      flags = flags + PROGRESSED
    end
  end
  if commit.state then
    local bare = not effects and lease.seq == 0 and has(flags, FRESH)
    settle(n, lease, flags, commit.state, commit.param, commit.record, bare, commit.id)
  else
    set_lease(n, write_lease(lease, commit.seq, flags))
  end
  return 'C'
end

-- The leases of these numbers are read before the first commit is looked at; but not again where
-- a commit before it, of the same job, may have changed one that is not written yet.
local function read_leases(ns)
  local known = {}
  for i = 1, #ns do
    if ns[i] and leases[ns[i]] == nil then
      known[#known + 1] = ns[i]
    end
  end
  local values = fields(LEASE, known)
  for i = 1, #known do
    leases[known[i]] = values[i]
  end
end

-- The way of most jobs: an attempt completed that never wrote anything else, and its lease still is
-- what it was when it was given: the same text for all jobs of one claim. Each group of them comes by
-- column: numbers, entries of `completed`, ends as they are kept; a job is in them once. Written
-- before other commits are looked at. Returns a letter for each.
local function complete_all()
  local letters, others = {}, {}
  local gone, set, finished = {}, {}, 0
  for _ = 1, number() do
    local lease, count = arg(), number()
    local ns, entries = cursor, cursor + count
    local records = entries + count
    cursor = records + count
    local held = fields(LEASE, ARGV, ns + 1, entries)
    for i = 1, count do
      local n = ARGV[ns + i]
      if held[i] == lease then
        finished = finished + 1
        gone[finished] = n
        set[2 * finished - 1], set[2 * finished] = n, ARGV[records + i]
        completed[finished] = ARGV[entries + i]
        letters[#letters + 1] = 'C'
      else
        letters[#letters + 1] = 'L'
        others[#others + 1] = { #letters, n, lease, ARGV[entries + i], ARGV[records + i] }
      end
    end
  end
  many('HDEL', LEASE, gone)
  many('HSET', ENDED, set)
  flush()
  for _, other in ipairs(others) do
    local place, n, lease, entry, kept = unpack(other)
    local _, _, _, _, record = split_end(kept)
    letters[place] = commit_one(n, {
      id = string.match(entry, '%S+$'), token = string.match(lease, '^%S+'), seq = 1, has = 'e',
      state = COMPLETE, param = '', record = record,
    })
  end
  return table.concat(letters)
end

-- Each by itself, in order. Returns a letter for each.
local function commit_all()
  local commits, ids, letters = {}, {}, {}
  for i = 1, number() do
    commits[i] = read_commit()
    ids[i] = commits[i].id
  end
  local ns = fields(IDS, ids)
  read_leases(ns)
  for i, commit in ipairs(commits) do
    letters[i] = commit_one(ns[i], commit)
  end
  return table.concat(letters)
end
