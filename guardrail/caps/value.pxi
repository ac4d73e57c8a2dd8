# One customer's impressions as `state.lua` packs them: opened, and freed of what is over.

cdef struct Value:
    int64_t keeps[MOST_RETENTIONS + 1]  # ms
    int32_t retentions
    const uint8_t* stamps  # the moments, of 6 bytes each
    int32_t moments
    int32_t base  # the number of the first moment
    const uint8_t* records
    Py_ssize_t many  # bytes of the records that may have several entries
    Py_ssize_t size  # bytes of all records
    int64_t next
    int64_t last


cdef inline int64_t number(const uint8_t* at, int bytes) noexcept:
    """A whole number, highest byte first."""
    cdef int64_t out = 0
    cdef int k
    for k in range(bytes):
        out = out << 8 | at[k]
    return out


cdef inline uint8_t* written(uint8_t* to, int64_t value, int bytes) noexcept:
    """The same the other way; where the next one goes."""
    cdef int k
    for k in range(bytes - 1, -1, -1):
        to[k] = <uint8_t>(value & 255)
        value >>= 8
    return to + bytes


cdef inline int64_t time_of(const Value* value, int32_t slot) noexcept:
    """When a moment was (ms); -1 for one that is not there."""
    cdef int32_t place = (slot - value.base) & (MOST_MOMENTS - 1)
    return number(value.stamps + place * 6, 6) >> 6 if place < value.moments else -1


cdef void emptied(Value* value) noexcept:
    value.retentions = value.moments = value.base = 0
    value.stamps = value.records = NULL
    value.many = value.size = 0
    value.next = NEVER
    value.last = 0


cdef bint opened(const uint8_t* text, Py_ssize_t size, Value* value) noexcept:
    """Whether a value is one of ours by its head."""
    cdef int64_t counted
    cdef Py_ssize_t first, singles
    cdef int k
    emptied(value)
    if size == 0:
        return True
    if size < HEAD or text[0] >> 4 != VERSION:
        return False
    counted = number(text + 1, 5)
    singles = (counted & 16383) * SINGLE
    value.base = counted >> 14 & (MOST_MOMENTS - 1)
    value.moments = counted >> 26
    value.retentions = text[0] & 15
    first = HEAD + value.retentions * 4 + value.moments * 6
    if value.moments > MOST_MOMENTS or first + singles > size:
        return False
    value.next = number(text + HEAD - 12, 6)
    value.last = number(text + HEAD - 6, 6)
    for k in range(value.retentions):
        value.keeps[k] = number(text + HEAD + k * 4, 4) * 1000
        if value.keeps[k] == 0:
            return False
    value.stamps = text + HEAD + value.retentions * 4
    value.records = text + first
    value.size = size - first
    value.many = value.size - singles
    return True


cdef inline Py_ssize_t record_end(const Value* value, Py_ssize_t at) noexcept:
    """Where the record ends that begins there; -1 where it is none."""
    cdef Py_ssize_t stop = value.many if at < value.many else value.size
    cdef int32_t tag, entries
    if at + 7 > stop:
        return -1
    tag = value.records[at] << 8 | value.records[at + 1]
    entries = tag & 4095
    if entries == 0 or tag >> 12 >= value.retentions or at + 7 + entries * 2 > stop:
        return -1
    if at >= value.many and entries != 1:
        return -1
    return at + 7 + entries * 2


cdef bint pruned(Value* value, uint8_t* to, int64_t now) noexcept:
    """Take out what no counter needs at ``now``; ``to`` has room for all records. False: broken."""
    cdef Py_ssize_t at = 0, stop, entry, many = 0, begun
    cdef uint8_t* out = to
    cdef int32_t slot, place, oldest = value.moments, left
    cdef int64_t ms, keep, first, next = NEVER
    while at < value.size:
        stop = record_end(value, at)
        if stop < 0:
            return False
        keep = value.keeps[value.records[at] >> 4]
        first, left, begun = NEVER, 0, out - to
        memcpy(out, value.records + at, 7)
        out += 7
        for entry in range(at + 7, stop, 2):
            slot = value.records[entry] << 4 | value.records[entry + 1] >> 4
            ms = time_of(value, slot)
            if ms < 0:
                return False
            if ms > now - keep:
                place = (slot - value.base) & (MOST_MOMENTS - 1)
                oldest = min(oldest, place)
                first = min(first, ms)
                out[0] = value.records[entry]
                out[1] = value.records[entry + 1]
                out += 2
                left += 1
        if left == 0:
            out = to + begun
        else:
            written(to + begun, (value.records[at] >> 4) << 12 | left, 2)
            next = min(next, first + keep)
        at = stop
        if at <= value.many:
            many = out - to
    if next == NEVER:
        emptied(value)
        return True
    value.stamps += oldest * 6
    value.moments -= oldest
    value.base = (value.base + oldest) & (MOST_MOMENTS - 1)
    value.records = to
    value.many = many
    value.size = out - to
    value.next = next
    return True
