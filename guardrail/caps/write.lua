-- The new value of the key, put together of what stays and of the new records, and set.

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
