-- Where the counters that are asked for are held.

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
