-- Reserve one impression for every ask of a batch, or only look.
--
-- KEYS[1]  the customer's impressions
-- ARGV[1]  JSON [now, count, batch, specs, first, need, more]: now in ms (-1: the server's time),
--          count 1 or 0, batch 0-63; specs [limit (-1: none), window, cooldown, enforced]; first[c]
--          the spec of counter c; need[c] how often it is asked; more[k] = [counter, spec], further
--          caps of a counter
-- ARGV[2]  JSON asks, each a list of caps, c for first[c] and -k for more[k]
-- ARGV[3]  5 bytes for each counter; ARGV[4] and on: the same under previous secrets
-- answer   [now, ask, granted, cap, retry, ...] for the asks that a cap objects to: cap is the
--          place in the ask, retry seconds or -1 for never

local plan = cjson.decode(ARGV[1])
local now, count, batch = plan[1], plan[2] == 1, plan[3]
local specs, first, need, more = plan[4], plan[5], plan[6], plan[7]
local codes = ARGV[3]
if now < 0 then
  now = server_ms()
end

local limits, cuts, cooldowns, keeps, rooms = {}, {}, {}, {}, {}
for k, spec in ipairs(specs) do
  limits[k] = spec[1] < 0 and NEVER or spec[1]
  cuts[k], cooldowns[k] = now - spec[2] * 1000, spec[3] * 1000
  rooms[k] = spec[3] > 0 and math.min(limits[k], 1) or limits[k]
  keeps[k] = math.max(spec[2], spec[3])
end

-- of each counter: where its record is, how that begins, and how many impressions of this batch
-- its first cap permits; `tight` once it is not sure that everything fits
local index, at, tag_of, room, tight, asked = {}, {}, {}, {}, #more > 0, 0
for c = 1, #first do
  local permits = rooms[first[c]]
  asked = asked + need[c]
  index[sub(codes, c * 5 - 4, c * 5)], at[c], tag_of[c], room[c] = c, false, 0, permits
  if need[c] > permits then
    tight = true
  end
end
for v = 4, #ARGV do
  for c = 1, #first do
    index[sub(ARGV[v], c * 5 - 4, c * 5)] = c
  end
end

local state, out, counters

-- weigh the caps of the counters that are there; everything else goes out as it is. This runs for
-- every record: arithmetic is cheaper than a call.
local function scan(blob)
  state, out = current(blob, now), {}
  local text, from, stop, times = state.blob, state.first, #state.blob, state.times
  local byte, sub, retentions, copied, records = byte, sub, state.retentions, from, 0
  while from <= stop do
    local a, b = byte(text, from, from + 1)
    local to = from + 6 + (a % 16 * 256 + b) * 2
    local c = index[sub(text, from + 2, from + 6)]
    records = records + 1
    if c and not at[c] then
      if from > copied then
        out[#out + 1] = sub(text, copied, from - 1)
      end
      if not retentions[(a - a % 16) / 16 + 1] or to < from + 8 then
        error()
      end
      copied, at[c], tag_of[c] = to + 1, from, a * 256 + b
      local spec, seen, newest = first[c], 0, -1
      local cut = cuts[spec]
      for e = from + 7, to, 2 do
        local x, y = byte(text, e, e + 1)
        local times_less_one = y % 16
        local slot = x * 16 + (y - times_less_one) / 16
        local ms = times[slot] or time_of(state, slot)
        if ms > cut then
          seen = seen + times_less_one + 1
        end
        if ms > newest then
          newest = ms
        end
      end
      local left, cooldown = limits[spec] - seen, cooldowns[spec]
      if cooldown > 0 then
        left = now - newest < cooldown and 0 or math.min(left, 1)
      end
      room[c] = left
      if need[c] > left then
        tight = true
      end
    end
    from = to + 1
  end
  assert(from == stop + 1)
  out[#out + 1], counters = sub(text, copied), records
end

local broken = not pcall(scan, redis.call('GET', KEYS[1]))
if broken then
  for c = 1, #first do
    at[c], room[c] = false, rooms[first[c]]
  end
  scan('')
end

-- counters of which nothing more can be kept. Where a cap needs one, the item is withheld, for
-- nobody could tell later how often it was shown; what is only counted is then not counted.
local no_room, entries_held = {}, (#state.blob - state.first + 1 - counters * 7) / 2

local function only_counted(spec)
  return limits[spec] == NEVER and cooldowns[spec] == 0
end

if counters + #first > MOST_COUNTERS / 2 or entries_held + asked > MOST_HELD / 2 then
  for c = 1, #first do
    local share, entries_more = only_counted(first[c]) and 2 or 1, math.ceil(need[c] / 16)
    local more_counters = at[c] and 0 or 1
    if counters + more_counters > MOST_COUNTERS / share
      or entries_held + entries_more > MOST_HELD / share then
      no_room[c] = true
      if share == 1 then
        room[c], tight = 0, true
      end
    else
      counters, entries_held = counters + more_counters, entries_held + entries_more
    end
  end
end

-- the moments at which a stored counter counted, one for each impression
local function stored_ms(c)
  local found, from = {}, at[c]
  if from then
    for e = from + 7, from + 5 + tag_of[c] % 4096 * 2, 2 do
      local x, y = byte(state.blob, e, e + 1)
      local ms = time_of(state, x * 16 + floor(y / 16))
      for _ = 0, y % 16 do
        found[#found + 1] = ms
      end
    end
  end
  table.sort(found)
  return found
end

local more_of = {}
for k, pair in ipairs(more) do
  local c, spec = pair[1], pair[2]
  local found, seen = stored_ms(c), 0
  for _, ms in ipairs(found) do
    seen = seen + (ms > cuts[spec] and 1 or 0)
  end
  room[-k] = math.min(limits[spec] - seen, cooldowns[spec] > 0 and 1 or NEVER)
  if #found > 0 and now - found[#found] < cooldowns[spec] then
    room[-k] = 0
  end
  if no_room[c] and not only_counted(spec) then
    room[-k] = 0
  end
  more_of[c] = math.max(more_of[c] or 0, keeps[spec])
end

local taken, answer = need, {now}

-- milliseconds until a cap permits again, NEVER when it never will
local function wait(c, spec)
  local limit, cut, found = limits[spec], cuts[spec], {}
  if limit == 0 then
    return NEVER
  end
  for _, ms in ipairs(stored_ms(c)) do
    if ms > cut or cooldowns[spec] > 0 then
      found[#found + 1] = math.min(ms, now)
    end
  end
  for _ = 1, taken[c] do
    found[#found + 1] = now
  end
  local free, filled = now, found[#found - limit + 1]
  if filled and filled > cut then
    free = filled + now - cut
  end
  if cooldowns[spec] > 0 and #found > 0 then
    free = math.max(free, found[#found] + cooldowns[spec])
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

if tight then
  taken = {}
  for c = 1, #first do
    taken[c] = 0
  end
  local counted = {}
  for a, ask in ipairs(cjson.decode(ARGV[2])) do
    local refused, watched = false, false
    for p = 1, #ask do
      local c, spec = terms(ask[p])
      if taken[c] >= room[ask[p]] then
        local enforced = specs[spec][4] == 1
        refused, watched = refused or enforced, watched or not enforced
      end
    end
    if refused or watched then
      object(a, ask, refused)
    end
    for p = 1, refused and 0 or #ask do
      local c, spec = terms(ask[p])
      if counted[c] ~= a and not (watched and specs[spec][4] == 0) then
        counted[c], taken[c] = a, taken[c] + 1
      end
    end
  end
end

if not count then
  return answer
end

local retentions = state.retentions

-- the place of a retention; where there is no room for another, a longer one does
local function place(seconds)
  local longest, longer = 1, nil
  for k, held in ipairs(retentions) do
    if held == seconds then
      return k - 1
    end
    if held > seconds and held < (longer and retentions[longer] or NEVER) then
      longer = k
    end
    if held > retentions[longest] then
      longest = k
    end
  end
  if #retentions < MOST_RETENTIONS then
    retentions[#retentions + 1] = seconds
    return #retentions - 1
  end
  if not longer then
    longer, retentions[longest] = longest, seconds
  end
  return longer - 1
end

-- where there are too many moments, the newest moves up to now: that may withhold an impression
-- and never grants one too many
local text, stamp, full = state.blob, now * 64 + batch, state.moments == MOST_MOMENTS
local slot = (state.base + state.moments) % MOST_MOMENTS
if full then
  slot = (slot - 1) % MOST_MOMENTS
  stamp = math.max(stamp, moment(state, slot))
end

local next_ms, last_ms = state.next, state.last
local fresh, fresh_size, places, tags = {[0] = ''}, {[0] = 0}, {}, {}
local n, took, changed = #out, false, broken
for c = 1, #first do
  local from, new = at[c], no_room[c] and 0 or taken[c]
  local kept = keeps[first[c]]
  if more_of[c] and more_of[c] > kept then
    kept = more_of[c]
  end
  if from or new > 0 and kept > 0 then
    local held, stored, put, raised, newest = 0, nil, nil, true, now
    if from then
      held = tag_of[c] % 4096
      put = (tag_of[c] - held) / 4096
      stored = sub(text, from + 2, from + 6 + held * 2)
      raised = retentions[put + 1] < kept
      if new == 0 and raised then
        local found = stored_ms(c)
        newest = found[#found]
      end
    else
      stored = sub(codes, c * 5 - 4, c * 5)
    end
    if raised then
      put = places[kept] or place(kept)
      places[kept] = put
    else
      kept = retentions[put + 1]
    end
    if not fresh[new] then
      fresh[new], fresh_size[new] = entries(slot, new)
    end
    held = held + fresh_size[new]
    if held > MOST_ENTRIES then
      stored = sub(stored, 1, 5) .. sub(stored, 6 + (held - MOST_ENTRIES) * 2)
      held = MOST_ENTRIES
    end
    local tag = put * 4096 + held
    local packed = tags[tag]
    if not packed then
      packed = two(tag)
      tags[tag] = packed
    end
    out[n + 1], out[n + 2], out[n + 3] = packed, stored, fresh[new]
    n, took = n + 3, took or new > 0
    if new > 0 or raised then
      changed = true
      local over = newest + kept * 1000
      next_ms = over < next_ms and over or next_ms
      last_ms = over > last_ms and over or last_ms
    end
  end
end

if changed then
  local records = table.concat(out)
  if records == '' then
    redis.call('DEL', KEYS[1])
    return answer
  end
  local moments = sub(text, state.moments_at, state.first - 1)
  if took then
    moments = (full and sub(moments, 1, -7) or moments) .. six(stamp)
  end
  local life = math.min(last_ms - now, math.max(unpack(retentions)) * 1000)
  local packed = head(retentions, #moments / 6, state.base, next_ms, last_ms) .. moments .. records
  redis.call('SET', KEYS[1], packed, 'PX', string.format('%.0f', life))
end
return answer
