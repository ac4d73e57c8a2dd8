-- The state at a moment: what each counter no longer needs is gone.

-- the entries from `from` to `to` that are later than `cut`
local function later(state, from, to, cut)
  local kept = {}
  for e = from, to, 2 do
    local x, y = byte(state.blob, e, e + 1)
    if state.times[x * 16 + floor(y / 16)] > cut then
      kept[#kept + 1] = char(x, y)
    end
  end
  return concat(kept)
end

-- the records from `at` to `stop` without what they no longer need, when the next of it is over,
-- and the place of the first moment that they still name
local function pruned(state, at, stop, now)
  local text, times = state.blob, state.times
  local byte, sub, base, out, copied = byte, sub, state.base, {}, at
  local next_ms, oldest = NEVER, state.moments
  while at <= stop do
    local a, b = byte(text, at, at + 1)
    local put, count = (a - a % 16) / 16, a % 16 * 256 + b
    local keep = state.retentions[put + 1] * 1000
    local to, cut, dead, first = at + 6 + count * 2, now - keep, 0, NEVER
    for e = at + 7, to, 2 do
      local x, y = byte(text, e, e + 1)
      local slot = x * 16 + (y - y % 16) / 16
      local ms = times[slot] or time_of(state, slot)
      if ms > cut then
        local place = (slot - base) % MOST_MOMENTS
        if place < oldest then
          oldest = place
        end
        if ms < first then
          first = ms
        end
      else
        dead = dead + 1
      end
    end
    if first + keep < next_ms then
      next_ms = first + keep
    end
    if dead > 0 then
      out[#out + 1] = sub(text, copied, at - 1)
      copied = to + 1
      if dead < count then
        out[#out + 1] = two(put * 4096 + count - dead) .. sub(text, at + 2, at + 6)
        out[#out + 1] = later(state, at + 7, to, cut)
      end
    end
    at = to + 1
  end
  assert(at == stop + 1)
  out[#out + 1] = sub(text, copied, stop)
  return concat(out), next_ms, oldest
end

local function current(blob, now)
  local state = open(blob)
  if now < state.next then
    return state
  end
  local text = state.blob
  local many, next_many, oldest_many = pruned(state, state.first, state.singles - 1, now)
  local singles, next_single, oldest_single = pruned(state, state.singles, #text, now)
  local next_ms, oldest = math.min(next_many, next_single), math.min(oldest_many, oldest_single)
  if next_ms == NEVER then
    return empty()
  end
  local moments = sub(text, state.moments_at + oldest * 6, state.first - 1)
  local base = (state.base + oldest) % MOST_MOMENTS
  local top = head(NO_TAG, state.retentions, #moments / 6, base, #singles / SINGLE, next_ms, state.last)
  local left = open(top .. moments .. many .. singles)
  if #left.retentions == MOST_RETENTIONS then
    return open(pack_records(NO_TAG, unpack_records(left)))
  end
  return left
end
