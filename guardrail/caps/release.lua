-- Give back impressions of one batch; what is no longer there is passed over.
--
-- KEYS[1]  the customer's impressions
-- ARGV[1]  JSON [[now, batch, times], ...] for each counter; batch -1: any of that millisecond
-- ARGV[2]  the tag of the new value
-- ARGV[3]  5 bytes for each counter; ARGV[4] and on: the same under previous secrets

local plan = cjson.decode(ARGV[1])
local wanted = {}
for k, taken in ipairs(plan) do
  for v = 3, #ARGV do
    local counter = sub(ARGV[v], k * 5 - 4, k * 5)
    wanted[counter] = wanted[counter] or {}
    table.insert(wanted[counter], taken)
  end
end

local stored = redis.call('GET', KEYS[1])
local good, records = pcall(function()
  return unpack_records(open(stored))
end)
if not good then
  redis.call('DEL', KEYS[1])
  return 0
end

local gone = 0
for _, record in ipairs(records) do
  for _, taken in ipairs(wanted[record[1]] or {}) do
    local kept, left = {}, taken[3]
    for e = 1, #record[3], 2 do
      local value, times = record[3][e], record[3][e + 1]
      if floor(value / 64) == taken[1] and (taken[2] < 0 or value % 64 == taken[2]) then
        local less = math.min(left, times)
        left, times, gone = left - less, times - less, gone + less
      end
      if times > 0 then
        kept[#kept + 1], kept[#kept + 2] = value, times
      end
    end
    record[3] = kept
  end
end

if gone > 0 then
  local text = pack_records(ARGV[2], records)
  if text == '' then
    redis.call('DEL', KEYS[1])
  else
    redis.call('SET', KEYS[1], text, 'KEEPTTL')
  end
end
return gone
