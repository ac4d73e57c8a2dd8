-- One customer's impressions as one packed string, for Redis 6.2 and later. Whole numbers only,
-- highest byte first:
--
--   version (4 bits), retentions (4 bits)
--   moments (14 bits), number of the first moment (12 bits), single records (14 bits)
--   tag (8 bytes)
--   next 6 | last 6
--   retentions x 4   seconds that a counter keeps an impression
--   moments x 6      milliseconds * 64 + batch: when a batch counted, and which of that millisecond
--   records          retention (4 bits), entries (12 bits) | counter 5 | entries x 2
--   entry            number of a moment (12 bits), impressions - 1 (4 bits)
--
-- The tag is a new random one with every write: two values with the same tag are the same value.
-- `next` is the earliest time at which something expires (0: look for it), `last` when everything
-- has. A response counts many counters at one moment, so the moment is written once. Moments are
-- numbered on and on, modulo 4096: when the first are no longer needed, no entry has to change.
--
-- Most counters have one entry. Their records stand at the end as `single` ones, of 9 bytes each, so
-- that one is found by its five bytes without a walk: a hit counts where a counter can stand.

local byte, char, sub, floor, find = string.byte, string.char, string.sub, math.floor, string.find
local concat, gsub, gmatch = table.concat, string.gsub, string.gmatch
local VERSION, HEAD, MOST_MOMENTS, MOST_ENTRIES, MOST_RETENTIONS = 3, 26, 4096, 4000, 15
local NEVER = 281474976710655
-- what stands in for the tag where nothing is written
local NO_TAG = string.rep('\0', 8)
-- bytes of a record with one entry
local SINGLE = 9
-- of one customer; a half of both is for what is only counted, so that it never crowds out a cap
local MOST_COUNTERS, MOST_HELD = 8192, 32768

local function server_ms()
  local now = redis.call('TIME')
  return now[1] * 1000 + floor(now[2] / 1000)
end

local function read6(text, at)
  local a, b, c, d, e, f = byte(text, at, at + 5)
  return ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f
end

local function two(value)
  return char(floor(value / 256), value % 256)
end

local function four(value)
  return two(floor(value / 65536)) .. two(value % 65536)
end

local function six(value)
  return two(floor(value / 4294967296)) .. four(value % 4294967296)
end

-- entry strings for `times` impressions at one moment, and how many entries that makes
local function entries(moment, times)
  local out, count = '', 0
  while times > 0 do
    local part = times > 16 and 16 or times
    out, count, times = out .. two(moment * 16 + part - 1), count + 1, times - part
  end
  return out, count
end

local function empty()
  return {blob = '', retentions = {}, moments = 0, base = 0, moments_at = 1, first = 1, singles = 1,
          next = NEVER, last = 0, times = {}}
end

-- the head of the string; raises when it is not one of ours
local function open(blob)
  if not blob or blob == '' then
    return empty()
  end
  local shape, top, a, b, c, d = byte(blob, 1, 6)
  local count = shape % 16
  assert(shape == VERSION * 16 + count and count <= MOST_RETENTIONS)
  local state, counted = empty(), (((top * 256 + a) * 256 + b) * 256 + c) * 256 + d
  local singles = counted % 16384
  counted = (counted - singles) / 16384
  state.base = counted % 4096
  state.blob, state.moments = blob, (counted - state.base) / 4096
  state.next, state.last = read6(blob, 15), read6(blob, 21)
  for k = 0, count - 1 do
    a, b, c, d = byte(blob, HEAD + 1 + k * 4, HEAD + 4 + k * 4)
    state.retentions[k + 1] = ((a * 256 + b) * 256 + c) * 256 + d
  end
  state.moments_at = HEAD + 1 + count * 4
  state.first = state.moments_at + state.moments * 6
  state.singles = #blob + 1 - singles * SINGLE
  assert(state.first <= state.singles and state.moments <= MOST_MOMENTS)
  return state
end

-- a moment with its batch; raises for one that is not there
local function moment(state, slot)
  local place = (slot - state.base) % MOST_MOMENTS
  assert(place < state.moments)
  return read6(state.blob, state.moments_at + place * 6)
end

-- milliseconds of a moment, each read once per call
local function time_of(state, slot)
  local at = floor(moment(state, slot) / 64)
  state.times[slot] = at
  return at
end

-- what comes before the moments; `singles`: how many records of one entry stand at the end
local function head(tag, retentions, moments, base, singles, next_ms, last_ms)
  local counted = (moments * 4096 + base) * 16384 + singles
  local out = {char(VERSION * 16 + #retentions, floor(counted / 4294967296)),
               four(counted % 4294967296), tag, six(next_ms), six(last_ms)}
  for k = 1, #retentions do
    out[k + 5] = four(retentions[k])
  end
  return concat(out)
end

-- every record as {counter, retention in seconds, {moment with batch, impressions, ...}}
local function unpack_records(state)
  local blob, at, stop, out = state.blob, state.first, #state.blob, {}
  while at <= stop do
    local a, b = byte(blob, at, at + 1)
    local count = (a % 16) * 256 + b
    local retention, found = state.retentions[floor(a / 16) + 1], {}
    assert(retention)
    for e = at + 7, at + 5 + count * 2, 2 do
      local x, y = byte(blob, e, e + 1)
      found[#found + 1] = moment(state, x * 16 + floor(y / 16))
      found[#found + 1] = y % 16 + 1
    end
    out[#out + 1] = {sub(blob, at + 2, at + 6), retention, found}
    at = at + 7 + count * 2
  end
  assert(at == stop + 1)
  return out
end

-- the string of such records under a tag, without those that have no impression left
local function pack_records(tag, records)
  local slots, moments, places, retentions, many, singles = {}, {}, {}, {}, {}, {}
  local next_ms, last_ms = NEVER, 0
  for _, record in ipairs(records) do
    for e = 1, #record[3], 2 do
      local value = record[3][e]
      if not slots[value] then
        moments[#moments + 1], slots[value] = value, true
      end
    end
  end
  table.sort(moments)
  for k, value in ipairs(moments) do
    moments[k], slots[value] = six(value), k - 1
  end
  for _, record in ipairs(records) do
    local counter, retention, found = record[1], record[2], record[3]
    if #found > 0 then
      if not places[retention] then
        retentions[#retentions + 1] = retention
        places[retention] = #retentions - 1
      end
      local packed = {}
      for e = 1, #found, 2 do
        packed[#packed + 1] = two(slots[found[e]] * 16 + found[e + 1] - 1)
        local over = floor(found[e] / 64) + retention * 1000
        next_ms, last_ms = math.min(next_ms, over), math.max(last_ms, over)
      end
      local out = #packed == 1 and singles or many
      out[#out + 1] = two(places[retention] * 4096 + #packed) .. counter .. concat(packed)
    end
  end
  if #many + #singles == 0 then
    return ''
  end
  local top = head(tag, retentions, #moments, 0, #singles, next_ms, last_ms)
  return top .. concat(moments) .. concat(many) .. concat(singles)
end
