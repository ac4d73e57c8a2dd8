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


cdef extern from *:
    """
    #if defined(__SSE2__)
      #include <emmintrin.h>
      #define GUARDRAIL_STEP 16
    #else
      #define GUARDRAIL_STEP 8
    #endif

    /* How many of the next GUARDRAIL_STEP bytes come before the first one that is a quote, a
       backslash or below a space. */
    static inline int guardrail_plain(const unsigned char *at) {
    #if defined(__SSE2__)
        const __m128i some = _mm_loadu_si128((const __m128i *)at);
        const __m128i low = _mm_min_epu8(some, _mm_set1_epi8(0x1F));
        const __m128i stop = _mm_or_si128(
            _mm_cmpeq_epi8(low, some),
            _mm_or_si128(
                _mm_cmpeq_epi8(some, _mm_set1_epi8(0x22)),
                _mm_cmpeq_epi8(some, _mm_set1_epi8(0x5C))));
        unsigned int mask = (unsigned int)_mm_movemask_epi8(stop) | 0x10000u;
      #if defined(__GNUC__)
        return __builtin_ctz(mask);
      #else
        int n = 0;
        for (; !(mask & 1u); mask >>= 1) n++;
        return n;
      #endif
    #else
        int n = 0;
      #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        const unsigned long long ones = 0x0101010101010101ULL;
        unsigned long long some, quote, slash, stop;
        memcpy(&some, at, 8);
        quote = some ^ 0x22 * ones;
        slash = some ^ 0x5C * ones;
        /* The top bit of the first byte that stops, and perhaps of some behind it. */
        stop = (((quote - ones) & ~quote) | ((slash - ones) & ~slash)
                | ((some - 0x20 * ones) & ~some)) & 0x80 * ones;
        return stop ? __builtin_ctzll(stop) / 8 : 8;
      #else
        while (n < 8 && at[n] >= 0x20 && at[n] != 0x22 && at[n] != 0x5C) n++;
      #endif
        return n;
    #endif
    }
    """
    enum: STEP "GUARDRAIL_STEP"
    int _plain "guardrail_plain"(Pos at) nogil


cdef Pos _blanks(Pos at) noexcept nogil:
    while at[0] == 0x20 or at[0] == 0x0A or at[0] == 0x0D or at[0] == 0x09:
        at += 1
    return at


cdef inline Pos _blank(Pos at) noexcept nogil:
    """Behind the white space at ``at``, which is mostly one space or none."""
    at += at[0] == 0x20
    return at if at[0] > 0x20 else _blanks(at)


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


cdef Pos _string(Pos at, Pos last) noexcept nogil:
    """Behind the string whose first quote stands at ``at``; up to ``last`` `WIDE` bytes stand."""
    cdef int n
    at += 1
    while at[0] != 0x22:
        if at <= last:
            n = _plain(at)
            at += n
            if n == STEP:
                continue
        else:
            while _PLAIN[at[0]]:
                at += 1
        if at[0] == 0x22:
            break
        if at[0] != 0x5C:
            return NULL
        at = _escape(at)
        if at == NULL:
            return NULL
    return at + 1


cdef Pos _key(Pos at, Pos last) noexcept nogil:
    """The same for a key, which is written without escapes."""
    if at[0] != 0x22:
        return NULL
    cdef int n
    at += 1
    while at <= last:
        n = _plain(at)
        at += n
        if n < STEP:
            return at + 1 if at[0] == 0x22 else NULL
    while _PLAIN[at[0]]:
        at += 1
    return at + 1 if at[0] == 0x22 else NULL


cdef inline Pos _colon(Pos at) noexcept nogil:
    """The value of the member whose key ends before ``at``."""
    at = _blank(at)
    return _blank(at + 1) if at[0] == 0x3A else NULL


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


cdef inline Pos _value(Pos at, Pos last, int level) noexcept nogil:
    """Behind the value that starts at ``at``, ``level`` levels deep."""
    return _string(at, last) if at[0] == 0x22 else _no_string(at, last, level)


cdef Pos _no_string(Pos at, Pos last, int level) noexcept nogil:
    cdef unsigned char c = at[0]
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
        if at[0] != 0x2C:
            return at + 1 if at[0] == 0x5D else NULL
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
        at = _colon(at)
        if at == NULL:
            return NULL
        at = _value(at, last, level)
        if at == NULL:
            return NULL
        at = _blank(at)
        if at[0] != 0x2C:
            return at + 1 if at[0] == 0x7D else NULL
        at = _blank(at + 1)
