-- Impressions of each counter within its window; nothing is written.
--
-- KEYS[1]  the customer's impressions
-- ARGV[1]  JSON [now, windows]: now in ms (-1: the server's time), seconds for each counter
-- ARGV[2]  5 bytes for each counter, which may stand there several times with several windows;
--          ARGV[3] and on: the same under previous secrets
-- answer   one number for each

local plan = cjson.decode(ARGV[1])
local now, windows = plan[1], plan[2]
if now < 0 then
  now = server_ms()
end

local wanted, answer = {}, {}
for k = 1, #windows do
  for v = 2, #ARGV do
    local counter = sub(ARGV[v], k * 5 - 4, k * 5)
    wanted[counter] = wanted[counter] or {}
    table.insert(wanted[counter], k)
  end
  answer[k] = 0
end

local function scan(blob)
  local state = open(blob)
  local text, from, stop, times = state.blob, state.first, #state.blob, state.times
  while from <= stop do
    local a, b = byte(text, from, from + 1)
    local to = from + 6 + (a % 16 * 256 + b) * 2
    for _, k in ipairs(wanted[sub(text, from + 2, from + 6)] or {}) do
      local seconds = math.min(windows[k], state.retentions[floor(a / 16) + 1])
      local cut, seen = seconds > 0 and now - seconds * 1000 or NEVER, 0
      for e = from + 7, to, 2 do
        local x, y = byte(text, e, e + 1)
        local slot = x * 16 + floor(y / 16)
        if (times[slot] or time_of(state, slot)) > cut then
          seen = seen + y % 16 + 1
        end
      end
      answer[k] = seen
    end
    from = to + 1
  end
  assert(from == stop + 1)
end

if not pcall(scan, redis.call('GET', KEYS[1])) then
  for k = 1, #windows do
    answer[k] = 0
  end
end
return answer
