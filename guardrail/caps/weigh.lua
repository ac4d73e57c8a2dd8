-- How many impressions the own cap of each counter permits, and whether all of them fit.

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
  local weighed, binds = {}, {}
  for _, pair in ipairs(more) do
    binds[pair[1]] = binds[pair[1]] or not only_counted(pair[2])
  end
  for _, ask in ipairs(cjson.decode(ARGV[2])) do
    for _, cap in ipairs(ask) do
      local c = cap > 0 and cap or more[-cap][1]
      if not weighed[c] then
        weighed[c] = true
        local own = not only_counted(first[c])
        local share, entries_more = (own or binds[c]) and 1 or 2, math.ceil(need[c] / 16)
        local more_counters = at[c] and 0 or 1
        if counters + more_counters > MOST_COUNTERS / share
          or entries_held + entries_more > MOST_HELD / share then
          no_room[c] = true
          if own then
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
