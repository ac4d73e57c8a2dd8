# Which of the asks the caps grant: of each counter what it holds, then ask by ask.

cdef struct Spec:
    int64_t limit  # NEVER: none
    int64_t window  # ms
    int64_t cooldown  # ms
    int64_t keep  # ms
    int64_t room  # impressions that it permits on a counter that is not held
    bint enforced
    int32_t place  # of its retention in the new value, -1: not looked for


cdef struct Group:
    int32_t spec
    int32_t times
    int32_t size


cdef struct Counter:
    Py_ssize_t at  # where its record begins, -1: not held
    int32_t entries
    int32_t spec
    int32_t taken
    int64_t room


cdef struct Objection:
    int32_t ask
    int32_t place
    bint enforced
    bint refused  # the ask
    int64_t until  # epoch ms until which what is held objects; NEVER: for ever
    int64_t after  # ms for which what this batch takes objects


cdef inline int64_t entry_time(const Value* value, Py_ssize_t at) noexcept:
    return time_of(value, value.records[at] << 4 | value.records[at + 1] >> 4)


cdef int32_t at_most(const Value* value, const Counter* counter) noexcept:
    """The impressions on a counter, whenever they were."""
    cdef int32_t seen = 0, k
    for k in range(counter.entries):
        seen += (value.records[counter.at + 8 + k * 2] & 15) + 1
    return seen


cdef int64_t left(const Value* value, const Counter* counter, const Spec* spec, int64_t now) noexcept:
    """How many impressions a cap still permits of a counter that is held; -2**62: broken."""
    cdef int64_t seen = 0, newest = -1, ms, permits
    cdef Py_ssize_t at
    cdef int32_t k
    for k in range(counter.entries):
        at = counter.at + 7 + k * 2
        ms = entry_time(value, at)
        if ms < 0:
            return BROKEN
        if ms > now - spec.window:
            seen += (value.records[at + 1] & 15) + 1
        newest = max(newest, ms)
    permits = spec.limit - seen
    if spec.cooldown > 0:
        permits = 0 if now - newest < spec.cooldown else min(permits, 1)
    return permits


cdef bint objected(
    const Value* value,
    const Counter* counter,
    const Spec* spec,
    int64_t now,
    Objection* out,
    int64_t* within,
) noexcept:
    """Until when a cap objects at ``now``, told apart by what is held and what this batch takes.

    ``within``: the moments from which and before which all this holds, drawn together. False
    where the entries of the counter are not in the order of time.
    """
    cdef int64_t ms, last = -1
    cdef int64_t newer = spec.limit - counter.taken - 1
    cdef Py_ssize_t at
    cdef int32_t k
    out.until = out.after = 0
    if spec.limit == 0:
        out.until = NEVER
        return True
    if counter.taken > 0:
        out.after = spec.cooldown
        if spec.limit != NEVER and newer < 0:
            out.after = max(out.after, spec.window)
    if counter.at < 0:
        return True
    for k in range(counter.entries - 1, -1, -1):
        at = counter.at + 7 + k * 2
        ms = entry_time(value, at)
        if last >= 0 and ms > last:
            return False
        if last < 0:
            within[0] = max(within[0], ms)
            if spec.cooldown > 0:
                if counter.taken == 0:
                    out.until = ms + spec.cooldown
                if ms + spec.cooldown > now:
                    within[1] = min(within[1], ms + spec.cooldown)
        last = ms
        if spec.limit == NEVER:
            continue
        if newer >= 0:
            newer -= (value.records[at + 1] & 15) + 1
            if newer < 0:
                out.until = max(out.until, ms + spec.window)
        if ms + spec.window > now:
            within[1] = min(within[1], ms + spec.window)
    return True


cdef int32_t read_asks(const uint8_t* text, Py_ssize_t size, int32_t most, int32_t* to) noexcept:
    """The numbers of asks as JSON, each ask closed by a 0: how many there are; -1 for others."""
    cdef Py_ssize_t at = 1
    cdef int32_t many = 0, one = 0
    cdef uint8_t letter
    if size < 2 or text[0] != 0x5B or text[size - 1] != 0x5D:
        return -1
    while at < size - 1:
        letter = text[at]
        at += 1
        if 0x30 <= letter <= 0x39:
            one = one * 10 + letter - 0x30
            if one > most:
                return -1
        elif letter == 0x2C or letter == 0x5B:
            if one:
                to[many] = one
                many += 1
                one = 0
        elif letter == 0x5D:
            if one:
                to[many] = one
                many += 1
                one = 0
            to[many] = 0
            many += 1
        else:
            return -1
    return -1 if one or (many and to[many - 1]) else many
