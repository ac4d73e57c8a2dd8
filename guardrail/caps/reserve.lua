-- Reserve one impression for every ask of a batch, or only look.
--
-- KEYS[1]  the customer's impressions
-- ARGV[1]  JSON [now, count, batch, specs, groups, more]: now in ms (-1: the server's time),
--          count 1 or 0, batch 0-63; specs [limit (-1: none), window, cooldown, enforced]; groups
--          of counters that are alike [spec, how often each is asked, how many counters]; more[k] =
--          [counter, spec], further caps of a counter
-- ARGV[2]  JSON asks, each a list of caps: c for the c-th counter's own, -k for more[k]
-- ARGV[3]  the tag of the new value
-- ARGV[4]  what the caller reckoned, see `reckoned.lua`; empty for nothing
-- ARGV[5]  5 bytes for each counter, group by group; ARGV[6] and on, where nothing was reckoned:
--          under previous secrets
-- answer   [now, ask, granted, cap, retry, ...] for the asks that a cap objects to: cap is the
--          place in the ask, retry seconds or -1 for never
--
-- Most counters are new or far from their limits. Those that are held are looked for one by one;
-- the rest of a group is counted as one text.

local plan = cjson.decode(ARGV[1])
local now, count, batch = plan[1], plan[2] == 1, plan[3]
local specs, groups, more = plan[4], plan[5], plan[6]
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
local many = #ARGV[5] / 5

local codes = {}
local function name_codes()
  local n = 0
  for code in gmatch(ARGV[5], '.....') do
    n = n + 1
    codes[n] = code
  end
end

-- of a counter that is held: where its record begins, and how that begins, retention's place and
-- entries; `walked` are those among the records that may have several, in their order
local state, at, tag_of, walked, counters

local function walk(text, index)
  local from, singles, byte, sub, n = state.first, state.singles, byte, sub, 0
  local at, tag_of, walked, retentions, records = at, tag_of, walked, state.retentions, 0
  while from < singles do
    local a, b = byte(text, from, from + 1)
    local tag = a * 256 + b
    local size = tag % 4096
    local c = index[sub(text, from + 2, from + 6)]
    if c and not at[c] then
      if not retentions[(tag - size) / 4096 + 1] or size == 0 then
        error()
      end
      n = n + 1
      at[c], tag_of[c], walked[n] = from, tag, c
    end
    records, from = records + 1, from + 7 + size * 2
  end
  assert(from == singles)
  return records
end

local older, tag_named = {}, {}

-- where the single record of a counter begins, for a `hit` of its bytes behind it
local function single(c, hit)
  local text, singles, code, v = state.blob, state.singles + 2, codes[c], 0
  while true do
    while hit and (hit - singles) % SINGLE ~= 0 do
      hit = find(text, code, hit + 1, true)
    end
    v = v + 1
    if hit or not older[v] then
      break
    end
    code = older[v][c]
    hit = find(text, code, singles, true)
  end
  if not hit then
    return nil
  end
  local name = sub(text, hit - 2, hit - 1)
  local tag = tag_named[name]
  if not tag then
    local a, b = byte(name, 1, 2)
    tag = a * 256 + b
    assert(tag % 4096 == 1 and state.retentions[(tag - 1) / 4096 + 1])
    tag_named[name] = tag
  end
  at[c], tag_of[c] = hit - 2, tag
  return hit - 2
end

local function look(blob)
  state, at, tag_of, walked, counters = current(blob, now), {}, {}, {}, 0
  local text = state.blob
  if text == '' then
    return
  end
  name_codes()
  for v = 6, ARGV[4] == '' and #ARGV or 5 do
    local named = {}
    for code in gmatch(ARGV[v], '.....') do
      named[#named + 1] = code
    end
    older[v - 5] = named
  end
  if state.first < state.singles then
    local index = {}
    for c = 1, many do
      index[codes[c]] = c
    end
    for _, named in ipairs(older) do
      for c = 1, many do
        index[named[c]] = c
      end
    end
    counters = walk(text, index)
  end
  counters = counters + (#text + 1 - state.singles) / SINGLE
end

-- how many impressions a cap still permits of a counter that is held
local function left(c, spec)
  local text, times, seen, newest, from = state.blob, state.times, 0, -1, at[c]
  local cut, cooldown = cuts[spec], cooldowns[spec]
  for e = from + 7, from + 5 + tag_of[c] % 4096 * 2, 2 do
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
  local permits = limits[spec] - seen
  if cooldown > 0 then
    permits = now - newest < cooldown and 0 or math.min(permits, 1)
  end
  return permits
end

-- `room`: how many impressions of this batch a counter's own cap permits, where that is not simply
-- `rooms`; `tight` once it is not sure that everything fits. An entry is 16 impressions at most:
-- most counters have so few that they need no closer look.
local first, need, room, tight, hits, group_of

-- the impressions in so many entries, whenever they were; four entries at a time
local function at_most(from, size)
  local seen, text, byte, stop = size, state.blob, byte, from + size * 2 - 1
  while from <= stop do
    local _, a, _, b, _, c, _, d = byte(text, from, from + 7 < stop and from + 7 or stop)
    seen = seen + a % 16
    if b then
      seen = seen + b % 16
      if c then
        seen = seen + c % 16
        if d then
          seen = seen + d % 16
        end
      end
    end
    from = from + 8
  end
  return seen
end

local function weigh()
  first, need, room, tight, hits, group_of = {}, {}, {}, #more > 0, {}, {}
  local text, singles, c, asked, find = state.blob, state.singles + 2, 0, 0, find
  local at, codes, tag_of, group_of, several = at, codes, tag_of, group_of, #walked > 0
  local held_any, single_any = text ~= '', state.singles <= #text
  for g, group in ipairs(groups) do
    local spec, times, found = group[1], group[2], 0
    local limit = limits[spec]
    group.grown = {}
    local far = cooldowns[spec] == 0 and (limit - times) / 16 or -1
    asked = asked + times * group[3]
    tight = tight or times > rooms[spec]
    for k = c + 1, held_any and c + group[3] or 0 do
      local from = at[k]
      if not from and single_any then
        local hit = find(text, codes[k], singles, true)
        if hit or older[1] then
          from = single(k, hit)
        end
      end
      if from then
        found, group_of[k] = found + 1, group
        local size = tag_of[k] % 4096
        if size > far and (far < 0 or at_most(from + 7, size) + times > limit) then
          local permits = left(k, spec)
          room[k] = permits
          if times > permits then
            tight = true
          end
        end
      end
    end
    hits[g], c = found, c + group[3]
  end
  return asked
end

-- the same of every counter, for what has to look at each
local function look_closer()
  if #codes == 0 then
    name_codes()
  end
  local c = 0
  for _, group in ipairs(groups) do
    local spec, times = group[1], group[2]
    for k = c + 1, c + group[3] do
      first[k], need[k] = spec, times
      room[k] = room[k] or at[k] and left(k, spec) or rooms[spec]
    end
    c = c + group[3]
  end
end

-- counters of which nothing more can be kept. Where a cap needs one, the item is withheld, for
-- nobody could tell later how often it was shown; what is only counted is then not counted.
local no_room, crowded = {}, false

local function only_counted(spec)
  return limits[spec] == NEVER and cooldowns[spec] == 0
end

local function find_room(counters, entries_held)
  local weighed = {}
  for _, ask in ipairs(cjson.decode(ARGV[2])) do
    for _, c in ipairs(ask) do
      if c > 0 and not weighed[c] then
        weighed[c] = true
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
  end
end

local function look_and_weigh(blob)
  look(blob)
  local asked = weigh()
  local entries_held = (#state.blob - state.first + 1 - counters * 7) / 2
  crowded = counters + many > MOST_COUNTERS / 2 or entries_held + asked > MOST_HELD / 2
  if crowded or tight then
    look_closer()
  end
  if crowded then
    find_room(counters, entries_held)
  end
end

local broken = not pcall(look_and_weigh, redis.call('GET', KEYS[1]))
if broken then
  look_and_weigh('')
end
local text = state.blob

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

local retentions, simple = state.retentions, not tight and not crowded

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
local stamp, full = now * 64 + batch, state.moments == MOST_MOMENTS
local slot = (state.base + state.moments) % MOST_MOMENTS
if full then
  slot = (slot - 1) % MOST_MOMENTS
  stamp = math.max(stamp, moment(state, slot))
end

local next_ms, last_ms, took, changed = state.next, state.last, false, broken
local fresh, fresh_size, tags = {[0] = ''}, {[0] = 0}, {}
local new_many, new_singles, added = {}, {}, 0

local function lives(over)
  changed = true
  next_ms = over < next_ms and over or next_ms
  last_ms = over > last_ms and over or last_ms
end

-- the entries of so many new impressions of a counter, and how many entries that makes
local function counted(new)
  if not fresh[new] then
    fresh[new], fresh_size[new] = entries(slot, new)
  end
  took = took or new > 0
  return fresh[new], fresh_size[new]
end

local function tag(put, size)
  local value = put * 4096 + size
  if not tags[value] then
    tags[value] = two(value)
  end
  return tags[value]
end

local function kept_of(c)
  local kept = keeps[first[c]]
  return more_of[c] and more_of[c] > kept and more_of[c] or kept
end

-- a counter that is not held
local function add(c, new, kept)
  local more_entries, size = counted(new)
  local out = new_many
  if size == 1 then
    out, added = new_singles, added + 1
  end
  local n, put = #out, place(kept)
  -- A counter has no more entries than a record of them.
  if size > MOST_ENTRIES then
    more_entries, size = sub(more_entries, (size - MOST_ENTRIES) * 2 + 1), MOST_ENTRIES
  end
  out[n + 1], out[n + 2], out[n + 3] = tag(put, size), codes[c], more_entries
  lives(now + kept * 1000)
end

-- a group of counters of which none is held, and all are counted
local function add_all(group, from)
  local spec, new, to = group[1], group[2], from + group[3]
  local kept = keeps[spec]
  local more_entries, size = counted(new)
  local begun, ended = gsub(tag(place(kept), size), '%%', '%%%%'), gsub(more_entries, '%%', '%%%%')
  local out = new_many
  if size == 1 then
    out, added = new_singles, added + group[3]
  end
  out[#out + 1] = gsub(sub(ARGV[5], from * 5 + 1, to * 5), '.....', begun .. '%0' .. ended)
  lives(now + kept * 1000)
end

-- a counter that is held: its record after this in three parts, nil where it stays as it is
local function again(c, group)
  first[c] = group[1]
  local from, size = at[c], tag_of[c] % 4096
  local new = simple and group[2] or no_room[c] and 0 or taken[c]
  local kept, put = kept_of(c), (tag_of[c] - size) / 4096
  local raised = retentions[put + 1] < kept
  if new == 0 and not raised then
    return nil
  end
  local newest = now
  if raised then
    if new == 0 then
      local found = stored_ms(c)
      newest = found[#found]
    end
    put = place(kept)
  else
    kept = retentions[put + 1]
  end
  lives(newest + kept * 1000)
  local more_entries, more_size = counted(new)
  local total, begin = size + more_size, from + 2
  if total > MOST_ENTRIES then
    -- The oldest go.
    local stored = sub(text, from + 7, from + 6 + size * 2) .. more_entries
    stored = sub(stored, (total - MOST_ENTRIES) * 2 + 1)
    return tag(put, MOST_ENTRIES), sub(text, begin, from + 6), stored
  end
  return tag(put, total), sub(text, begin, from + 6 + size * 2), more_entries
end

-- how a record of a group begins when its group is counted once more and nothing else changes,
-- which is so for most; false where more does
local function grown(group, tag)
  local kept, begun = retentions[(tag - tag % 4096) / 4096 + 1], false
  if simple and kept >= keeps[group[1]] then
    local more_entries, more_size = counted(group[2])
    if tag % 4096 + more_size <= MOST_ENTRIES then
      lives(now + kept * 1000)
      group.entries, begun = more_entries, two(tag + more_size)
    end
  end
  group.grown[tag] = begun
  return begun
end

-- Redis hashes every text that Lua makes, byte by byte: the whole is put together once.
local out, n, copied, singles = {'', ''}, 2, state.first, (#text + 1 - state.singles) / SINGLE
for k = 1, #walked do
  local c = walked[k]
  local from, tag, group = at[c], tag_of[c], group_of[c]
  local stop, stored, ended = from + 6 + tag % 4096 * 2, nil, nil
  local begun = group.grown[tag]
  if begun == nil then
    begun = grown(group, tag)
  end
  if begun then
    stored, ended = sub(text, from + 2, stop), group.entries
  else
    begun, stored, ended = again(c, group)
  end
  if begun then
    if from > copied then
      n = n + 1
      out[n] = sub(text, copied, from - 1)
    end
    out[n + 1], out[n + 2], out[n + 3] = begun, stored, ended
    n, copied = n + 3, stop + 1
  end
end
if copied < state.singles then
  n = n + 1
  out[n] = sub(text, copied, state.singles - 1)
end

-- what has a single record and is counted again moves to those that may have several entries
local moved, m, sorted, before, first_single, c = {}, 0, true, 0, state.singles, 0
for g = 1, #groups do
  local group = groups[g]
  local kept, upto, held = keeps[group[1]], c + group[3], hits[g]
  if simple and held == 0 and group[2] <= MOST_ENTRIES then
    if kept > 0 then
      add_all(group, c)
    end
  else
    if #codes == 0 then
      name_codes()
    end
    for k = c + 1, upto do
      local from = at[k]
      if not from then
        local new = group[2]
        if not simple then
          new, kept = no_room[k] and 0 or taken[k], kept_of(k)
        end
        if new > 0 and kept > 0 then
          add(k, new, kept)
        end
      elseif from >= first_single then
        local tag, stored, ended = tag_of[k], nil, nil
        local begun = group.grown[tag]
        if begun == nil then
          begun = grown(group, tag)
        end
        if begun then
          stored, ended = sub(text, from + 2, from + 8), group.entries
        else
          begun, stored, ended = again(k, group)
        end
        if begun then
          out[n + 1], out[n + 2], out[n + 3] = begun, stored, ended
          n, m = n + 3, m + 1
          moved[m] = from
          if from < before then
            sorted = false
          end
          before = from
        end
      end
    end
  end
  c = upto
end
for k = 1, #new_many do
  n = n + 1
  out[n] = new_many[k]
end

if not sorted then
  table.sort(moved)
end
copied, singles = first_single, singles - m + added
for k = 1, m do
  local from = moved[k]
  if from > copied then
    n = n + 1
    out[n] = sub(text, copied, from - 1)
  end
  copied = from + SINGLE
end
if copied <= #text then
  n = n + 1
  out[n] = sub(text, copied)
end
for k = 1, #new_singles do
  n = n + 1
  out[n] = new_singles[k]
end

if changed then
  if n == 2 then
    redis.call('DEL', KEYS[1])
    return answer
  end
  out[2] = sub(text, state.moments_at, state.first - 1)
  if took then
    out[2] = (full and sub(out[2], 1, -7) or out[2]) .. six(stamp)
  end
  local life = math.min(last_ms - now, math.max(unpack(retentions)) * 1000)
  out[1] = head(ARGV[3], retentions, #out[2] / 6, state.base, singles, next_ms, last_ms)
  redis.call('SET', KEYS[1], concat(out), 'PX', string.format('%.0f', life))
end
return answer
