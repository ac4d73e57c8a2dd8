-- The records of the counters after this batch.

local retentions, simple = state.retentions, not tight and not crowded
local next_ms, last_ms, took, changed = state.next, state.last, false, broken

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
    longer, retentions[longest], next_ms = longest, seconds, 0
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
    put, next_ms = place(kept), 0
  else
    kept = retentions[put + 1]
  end
  lives(newest + kept * 1000)
  local more_entries, more_size = counted(new)
  local total, begin = size + more_size, from + 2
  if total > MOST_ENTRIES then
    -- The oldest go.
    local stored = sub(text, from + 7, from + 6 + size * 2) .. more_entries
    stored, next_ms = sub(stored, (total - MOST_ENTRIES) * 2 + 1), 0
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
