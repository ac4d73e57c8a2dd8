-- The answer: which caps object to which asks, and for how long. Only a look ends here.

-- the moments at which a held counter counted, ascending, one for each impression
local stored = {}
local function stored_ms(c)
  if stored[c] then
    return stored[c]
  end
  local found, from, n, last, sorted = {}, at[c], 0, 0, true
  if from then
    for e = from + 7, from + 5 + tag_of[c] % 4096 * 2, 2 do
      local x, y = byte(text, e, e + 1)
      local ms = time_of(state, x * 16 + floor(y / 16))
      sorted, last = sorted and ms >= last, ms
      for _ = 0, y % 16 do
        n = n + 1
        found[n] = ms
      end
    end
  end
  if not sorted then
    table.sort(found)
  end
  stored[c] = found
  return found
end

local more_of = {}
for k, pair in ipairs(more) do
  local c, spec = pair[1], pair[2]
  room[-k] = at[c] and left(c, spec) or rooms[spec]
  if no_room[c] and not only_counted(spec) then
    room[-k] = 0
  end
  more_of[c] = math.max(more_of[c] or 0, keeps[spec])
end

local taken, answer = need, {now}

if tight then
  -- milliseconds until a cap permits again, NEVER when it never will
  local function wait(c, spec)
    local limit, cut, found, new = limits[spec], cuts[spec], stored_ms(c), taken[c]
    if limit == 0 then
      return NEVER
    end
    local before = #found
    local free, filled = now, before + new - limit + 1
    if filled > 0 then
      filled = filled > before and now or math.min(found[filled], now)
      if filled > cut then
        free = filled + now - cut
      end
    end
    if cooldowns[spec] > 0 and before + new > 0 then
      local newest = new > 0 and now or math.min(found[before], now)
      free = math.max(free, newest + cooldowns[spec])
    end
    if no_room[c] and state.next < NEVER then
      free = math.max(free, state.next)
    end
    return free - now
  end

  local function terms(cap)
    if cap > 0 then
      return cap, first[cap]
    end
    return more[-cap][1], more[-cap][2]
  end

  local function only_watched(cap)
    local _, spec = terms(cap)
    return specs[spec][4] == 0
  end

  -- say which cap of an ask binds, and until when
  local function object(a, ask, refused)
    local bound, longest, all = 0, -1, 0
    for p, cap in ipairs(ask) do
      local c, spec = terms(cap)
      if taken[c] >= room[cap] then
        local ms = wait(c, spec)
        all = math.max(all, ms)
        if (specs[spec][4] == 1) == refused and ms > longest then
          bound, longest = p, ms
        end
      end
    end
    local retry = all == NEVER and -1 or math.max(1, floor((all + 999) / 1000))
    local n = #answer
    answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = a, refused and 0 or 1, bound, retry
  end

  taken = {}
  for c = 1, many do
    taken[c] = 0
  end
  local counted = {}
  for a, ask in ipairs(cjson.decode(ARGV[2])) do
    local refused, watched = false, false
    for p = 1, #ask do
      local cap = ask[p]
      local c = cap > 0 and cap or more[-cap][1]
      if taken[c] >= room[cap] then
        local _, spec = terms(cap)
        local enforced = specs[spec][4] == 1
        refused, watched = refused or enforced, watched or not enforced
      end
    end
    if refused or watched then
      object(a, ask, refused)
    end
    for p = 1, refused and 0 or #ask do
      local cap = ask[p]
      local c = cap > 0 and cap or more[-cap][1]
      if counted[c] ~= a and not (watched and only_watched(cap)) then
        counted[c], taken[c] = a, taken[c] + 1
      end
    end
  end
end

if not count then
  return answer
end
