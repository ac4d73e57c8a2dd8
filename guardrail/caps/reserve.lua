-- Reserve one impression for every ask of a batch, or only look. This reads what is asked; then come
-- `look`, `weigh`, `judge`, `grow` and `write`, in this order.
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
