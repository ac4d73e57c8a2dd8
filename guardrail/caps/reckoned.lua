-- What the caller reckoned beforehand (`reckoning.pyx`), where it still holds: the key has the value
-- that it was reckoned from, and the moment is one for which it was. Else all is done below.
--
-- ARGV[3]  the tag of the new value
-- ARGV[4]  JSON [now, batch, from, before, next, least, last, longest, life], empty: not reckoned
-- ARGV[6]  the tag of the value that was read, empty for none
-- ARGV[7]  the new value up to its tag; ARGV[8] its retentions and moments, ARGV[9] its records;
--          all left out where nothing changes
-- answer   the moment

if ARGV[4] ~= '' then
  local said = cjson.decode(ARGV[4])
  local now = said[1]
  if now < 0 then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  if now >= said[3] and now < said[4] and redis.call('GETRANGE', KEYS[1], 6, 13) == ARGV[6] then
    if ARGV[7] then
      local char = string.char
      local function six(value)
        local f = value % 256
        local e = (value - f) / 256 % 256
        local low = value % 65536
        local d = (value - low) / 65536 % 256
        low = value % 16777216
        local c = (value - low) / 16777216 % 256
        low = value % 4294967296
        local high = (value - low) / 4294967296
        local b = high % 256
        return char((high - b) / 256, b, c, d, e, f)
      end
      local first, last, life = now + said[6], now + said[8], said[9]
      first = first < said[5] and first or said[5]
      last = last > said[7] and last or said[7]
      life = last - now < life and last - now or life
      local value = ARGV[7] .. ARGV[3] .. six(first) .. six(last) .. ARGV[8]
                    .. six(now * 64 + said[2]) .. ARGV[9]
      redis.call('SET', KEYS[1], value, 'PX', string.format('%.0f', life))
    end
    return now
  end
end
