# JSON, to the letter: each function gives the position behind what it reads, NULL where it is
# something else.

cdef char _PLAIN[256]
cdef signed char _HEX[256]


cdef void _prepare() noexcept:
    cdef int c
    for c in range(256):
        _PLAIN[c] = c >= 0x20 and c != 0x22 and c != 0x5C
        _HEX[c] = -1
    for c in range(10):
        _HEX[0x30 + c] = c
    for c in range(6):
        _HEX[0x41 + c] = _HEX[0x61 + c] = 10 + c


_prepare()


cdef inline Pos _blank(Pos at) noexcept nogil:
    while at[0] == 0x20 or at[0] == 0x0A or at[0] == 0x0D or at[0] == 0x09:
        at += 1
    return at


cdef inline int _four(Pos at) noexcept nogil:
    """The number of four hexadecimal digits, -1 where these are none."""
    cdef int out = 0, n
    for n in range(4):
        if _HEX[at[n]] < 0:
            return -1
        out = out * 16 + _HEX[at[n]]
    return out


cdef Pos _escape(Pos at) noexcept nogil:
    """Behind the escape whose backslash stands at ``at``; half of a pair is none."""
    cdef unsigned char c = at[1]
    cdef int code
    if c == 0x75:
        code = _four(at + 2)
        if code < 0 or 0xDC00 <= code < 0xE000:
            return NULL
        if code < 0xD800 or code >= 0xE000:
            return at + 6
        if at[6] != 0x5C or at[7] != 0x75:
            return NULL
        code = _four(at + 8)
        return at + 12 if 0xDC00 <= code < 0xE000 else NULL
    if (
        c == 0x22 or c == 0x5C or c == 0x2F or c == 0x62
        or c == 0x66 or c == 0x6E or c == 0x72 or c == 0x74
    ):
        return at + 2
    return NULL


cdef inline Pos _string(Pos at, Pos last) noexcept nogil:
    """Behind the string whose first quote stands at ``at``; up to ``last`` eight bytes stand."""
    cdef uint64_t eight, quote, slash
    at += 1
    while True:
        while at <= last:
            memcpy(&eight, at, 8)
            quote = eight ^ <uint64_t>0x2222222222222222
            slash = eight ^ <uint64_t>0x5C5C5C5C5C5C5C5C
            # The top bit of each byte that may be a quote, a backslash or below a space.
            if (
                ((quote - <uint64_t>0x0101010101010101) & ~quote)
                | ((slash - <uint64_t>0x0101010101010101) & ~slash)
                | ((eight - <uint64_t>0x2020202020202020) & ~eight)
            ) & <uint64_t>0x8080808080808080:
                break
            at += 8
        while _PLAIN[at[0]]:
            at += 1
        if at[0] == 0x22:
            return at + 1
        if at[0] != 0x5C:
            return NULL
        at = _escape(at)
        if at == NULL:
            return NULL


cdef inline Pos _key(Pos at) noexcept nogil:
    """The same for a key, which is written without escapes."""
    at += 1
    while _PLAIN[at[0]]:
        at += 1
    return at + 1 if at[0] == 0x22 else NULL


cdef inline Pos _digits(Pos at) noexcept nogil:
    cdef Pos begun = at
    while 0x30 <= at[0] <= 0x39:
        at += 1
    return at if at != begun else NULL


cdef Pos _number(Pos at) noexcept nogil:
    """Behind a number that no parser finds out of its range."""
    cdef Pos begun = at
    if at[0] == 0x2D:
        at += 1
    at = at + 1 if at[0] == 0x30 else _digits(at)
    if at == NULL:
        return NULL
    if at[0] == 0x2E:
        at = _digits(at + 1)
        if at == NULL:
            return NULL
    if at - begun > MOST_DIGITS:
        return NULL
    if at[0] == 0x65 or at[0] == 0x45:
        at += 1
        if at[0] == 0x2B or at[0] == 0x2D:
            at += 1
        begun = at
        at = _digits(at)
        return at if at != NULL and at - begun <= 2 else NULL
    return at


cdef inline Pos _word(Pos at) noexcept nogil:
    if at[0] == 0x6E:
        return at + 4 if at[1] == 0x75 and at[2] == 0x6C and at[3] == 0x6C else NULL
    if at[0] == 0x74:
        return at + 4 if at[1] == 0x72 and at[2] == 0x75 and at[3] == 0x65 else NULL
    if at[0] == 0x66:
        if at[1] == 0x61 and at[2] == 0x6C and at[3] == 0x73 and at[4] == 0x65:
            return at + 5
    return NULL


cdef Pos _value(Pos at, Pos last, int level) noexcept nogil:
    """Behind the value that starts at ``at``, ``level`` levels deep."""
    cdef unsigned char c = at[0]
    if c == 0x22:
        return _string(at, last)
    if c == 0x7B:
        return _object(at, last, level + 1)
    if c == 0x5B:
        return _array(at, last, level + 1)
    if c == 0x2D or 0x30 <= c <= 0x39:
        return _number(at)
    return _word(at)


cdef Pos _array(Pos at, Pos last, int level) noexcept nogil:
    if level > DEEPEST:
        return NULL
    at = _blank(at + 1)
    if at[0] == 0x5D:
        return at + 1
    while True:
        at = _value(at, last, level)
        if at == NULL:
            return NULL
        at = _blank(at)
        if at[0] == 0x5D:
            return at + 1
        if at[0] != 0x2C:
            return NULL
        at = _blank(at + 1)


cdef Pos _object(Pos at, Pos last, int level) noexcept nogil:
    if level > DEEPEST:
        return NULL
    at = _blank(at + 1)
    if at[0] == 0x7D:
        return at + 1
    while True:
        if at[0] != 0x22:
            return NULL
        # What stands under a key that nobody asks for may be called anything.
        at = _string(at, last)
        if at == NULL:
            return NULL
        at = _blank(at)
        if at[0] != 0x3A:
            return NULL
        at = _value(_blank(at + 1), last, level)
        if at == NULL:
            return NULL
        at = _blank(at)
        if at[0] == 0x7D:
            return at + 1
        if at[0] != 0x2C:
            return NULL
        at = _blank(at + 1)
