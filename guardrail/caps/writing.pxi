# The new value, but for its tag, the moment of this batch, and what hangs on that.

cdef inline uint8_t* copied(uint8_t* to, const uint8_t* begin, Py_ssize_t size) noexcept:
    if size > 0:
        memcpy(to, begin, size)
        return to + size
    return to


cdef uint8_t* entries(uint8_t* to, int32_t slot, int32_t times) noexcept:
    """So many impressions at one moment."""
    cdef int32_t part
    while times > 0:
        part = min(times, 16)
        to = written(to, slot * 16 + part - 1, 2)
        times -= part
    return to


cdef bint place_of(Value* value, Spec* spec) noexcept:
    """Find the place of a cap's retention, or make one; False where there is no room."""
    cdef int32_t k
    if spec.place >= 0:
        return True
    for k in range(value.retentions):
        if value.keeps[k] == spec.keep:
            spec.place = k
            return True
    if value.retentions == MOST_RETENTIONS:
        return False
    spec.place = value.retentions
    value.keeps[value.retentions] = spec.keep
    value.retentions += 1
    return True


cdef uint8_t* begun(uint8_t* to, int32_t place, int32_t size, const uint8_t* code) noexcept:
    """What a record of so many entries begins with."""
    return copied(written(to, place << 12 | size, 2), code, 5)


cdef uint8_t* added(Reckoning work, uint8_t* to, int32_t slot, bint single) noexcept:
    """The counters that were not held, in one of the two sizes of records."""
    cdef int32_t k, size
    for k in range(work.many):
        counter = &work.counters[k]
        size = (counter.taken + 15) // 16
        if counter.at < 0 and size and (size == 1) == single:
            to = begun(to, work.specs[counter.spec].place, size, work.codes + k * 5)
            to = entries(to, slot, counter.taken)
    return to


cdef uint8_t* grown(Reckoning work, uint8_t* to, int32_t k, int32_t slot) noexcept:
    """A counter that was held, with its new impressions."""
    cdef Counter* counter = &work.counters[k]
    cdef const uint8_t* old = work.value.records + counter.at
    cdef int32_t size = counter.entries + (counter.taken + 15) // 16
    to = begun(to, old[0] >> 4, size, old + 2)
    return entries(copied(to, old + 7, counter.entries * 2), slot, counter.taken)


cdef uint8_t* records(Reckoning work, uint8_t* to, uint8_t* gone, int32_t slot) noexcept:
    """All records as they are then; ``gone`` has a 0 for each single record."""
    cdef const uint8_t* old = work.value.records
    cdef Py_ssize_t at = 0, many = work.value.many, n
    cdef int32_t k
    for n in range(work.walked_count):
        k = work.walked[n]
        counter = &work.counters[k]
        if counter.taken:
            to = copied(to, old + at, counter.at - at)
            to = grown(work, to, k, slot)
            at = counter.at + 7 + counter.entries * 2
    to = copied(to, old + at, many - at)
    for k in range(work.many):
        counter = &work.counters[k]
        if counter.at >= many and counter.taken:
            gone[(counter.at - many) // SINGLE] = 1
            to = grown(work, to, k, slot)
    to = added(work, to, slot, False)
    at = many
    for n in range((work.value.size - many) // SINGLE):
        if gone[n]:
            to = copied(to, old + at, many + n * SINGLE - at)
            at = many + (n + 1) * SINGLE
    to = copied(to, old + at, work.value.size - at)
    return added(work, to, slot, True)


cdef tuple written_anew(Reckoning work, int64_t* ends):
    """Its three parts: the head as far as the tag; retentions and moments; records. None where
    there is no room, empty where nothing changes.

    ``ends``: ms from the new moment on until the first and the last impression of this batch are
    over, and the longest retention.
    """
    cdef Value* value = &work.value
    cdef Py_ssize_t room = value.size
    cdef int32_t k, slot, more, fewer = 0, further = 0
    cdef Counter* counter
    cdef Spec* spec
    cdef int64_t keep
    ends[0], ends[1], ends[2] = NEVER, 0, 0
    for k in range(work.many):
        counter = &work.counters[k]
        spec = &work.specs[counter.spec]
        if counter.at < 0 and spec.keep == 0:
            counter.taken = 0
        if counter.taken == 0:
            continue
        more = (counter.taken + 15) // 16
        if counter.entries + more > MOST_ENTRIES:
            return None
        room += 9 + more * 2
        if counter.at < 0:
            if not place_of(value, spec):
                return None
            further += more == 1
            ends[0], ends[1] = min(ends[0], spec.keep), max(ends[1], spec.keep)
        else:
            fewer += counter.at >= value.many
            keep = value.keeps[value.records[counter.at] >> 4]
            ends[0], ends[1] = min(ends[0], keep), max(ends[1], keep)
    if ends[1] == 0:
        return ()
    if value.moments == MOST_MOMENTS:
        return None
    for k in range(value.retentions):
        ends[2] = max(ends[2], value.keeps[k])
    slot = (value.base + value.moments) & (MOST_MOMENTS - 1)
    cdef int64_t singles = (value.size - value.many) // SINGLE - fewer + further
    cdef int64_t counted = ((value.moments + <int64_t>1) * MOST_MOMENTS + value.base) * 16384 + singles
    cdef bytes head = PyBytes_FromStringAndSize(NULL, TAG_AT)
    cdef uint8_t* to = <uint8_t*>PyBytes_AS_STRING(head)
    written(written(to, VERSION << 4 | value.retentions, 1), counted, 5)
    cdef bytes middle = PyBytes_FromStringAndSize(NULL, value.retentions * 4 + value.moments * 6)
    to = <uint8_t*>PyBytes_AS_STRING(middle)
    for k in range(value.retentions):
        to = written(to, value.keeps[k] // 1000, 4)
    copied(to, value.stamps, value.moments * 6)
    cdef uint8_t* text = <uint8_t*>malloc(room)
    cdef uint8_t* gone = <uint8_t*>calloc(value.size // SINGLE + 1, 1)
    try:
        if text == NULL or gone == NULL:
            raise MemoryError
        to = records(work, text, gone, slot)
        return head, middle, PyBytes_FromStringAndSize(<char*>text, to - text)
    finally:
        free(text)
        free(gone)
