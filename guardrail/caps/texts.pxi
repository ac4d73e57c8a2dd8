# Texts as UTF-8, and what they are known again by.

cdef extern from *:
    """
    #include <stdint.h>
    /* Both halves of a product in one. */
    static inline uint64_t guardrail_folded(uint64_t a, uint64_t b) {
    #ifdef __SIZEOF_INT128__
        unsigned __int128 whole = (unsigned __int128)a * b;
        return (uint64_t)whole ^ (uint64_t)(whole >> 64);
    #else
        uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
        uint64_t low = al * bl, one = ah * bl, two = al * bh;
        uint64_t middle = (low >> 32) + (uint32_t)one + (uint32_t)two;
        uint64_t high = ah * bh + (one >> 32) + (two >> 32) + (middle >> 32);
        return (middle << 32 | (uint32_t)low) ^ high;
    #endif
    }
    """
    uint64_t _folded "guardrail_folded"(uint64_t a, uint64_t b) nogil

cdef uint64_t SPREAD = 0x9E3779B97F4A7C15
# Nobody outside knows them, so nobody can give texts that come to the same.
cdef uint64_t FIRST = <uint64_t>(hash("guardrail") & 0xFFFFFFFFFFFFFFFF)
cdef uint64_t SECOND = <uint64_t>(hash("counters") & 0xFFFFFFFFFFFFFFFF)
cdef uint64_t THIRD = <uint64_t>(hash("values") & 0xFFFFFFFFFFFFFFFF) | 1


cdef struct Text:
    Pos at
    uint32_t length
    bint raw  # it stands between quotes in JSON, and may hold escapes
    uint64_t hashed  # 0 = not reckoned yet


cdef inline uint64_t _eight(Pos at) noexcept:
    cdef uint64_t out
    memcpy(&out, at, 8)
    return out


cdef inline uint64_t _four(Pos at) noexcept:
    cdef uint32_t out
    memcpy(&out, at, 4)
    return out


cdef inline uint64_t _hashed(Pos at, uint32_t length) noexcept:
    """Never 0."""
    cdef uint64_t out = FIRST ^ length * SPREAD, low = 0, high = 0
    while length > 16:
        out = _folded(_eight(at) ^ SECOND, _eight(at + 8) ^ out)
        at += 16
        length -= 16
    if length >= 8:
        low, high = _eight(at), _eight(at + length - 8)
    elif length >= 4:
        low, high = _four(at), _four(at + length - 4)
    elif length:
        low = <uint64_t>at[0] << 16 | <uint64_t>at[length >> 1] << 8 | at[length - 1]
    return _folded(_folded(low ^ SECOND, high ^ out) ^ FIRST, THIRD) | 1


cdef inline uint64_t _joined(int32_t name, uint64_t hashed) noexcept:
    """By what a counter is known again that begins and goes on so."""
    return _folded(hashed ^ name * SPREAD, THIRD)


cdef int _hash(Text* text, list held) except -1:
    """Reckon by what a text is known again; without escapes from then on."""
    cdef bytes plain
    if text.raw and memchr(text.at, 0x5C, text.length) != NULL:
        plain = _unescaped(text.at, text.length)
        held.append(plain)
        text.at, text.length = <Pos>PyBytes_AS_STRING(plain), PyBytes_GET_SIZE(plain)
        text.raw = False
    text.hashed = _hashed(text.at, text.length)
    return 0


cdef int _utf8(text, Text* out, list held) except -1:
    """The bytes of a text; ``held`` holds them."""
    cdef Py_ssize_t size = 0
    try:
        out.at = <Pos>PyUnicode_AsUTF8AndSize(text, &size)
    except UnicodeEncodeError:
        # Half of a pair.
        text = (<str>text).encode("utf-8", "surrogatepass")
        out.at, size = <Pos>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)
    if size > 0x7FFFFFFF:
        raise ValueError("a counter is named by less than 2 GiB")
    held.append(text)
    out.length = size
    out.raw = False
    out.hashed = 0
    return 0


cdef int32_t _hex4(Pos at, Pos end) except -1:
    """The number of four hexadecimal digits."""
    cdef int32_t out = 0, n, c
    if end - at < 4:
        raise ValueError("no JSON text")
    for n in range(4):
        c = at[n]
        if 0x30 <= c <= 0x39:
            c -= 0x30
        elif 0x41 <= c <= 0x46:
            c -= 0x41 - 10
        elif 0x61 <= c <= 0x66:
            c -= 0x61 - 10
        else:
            raise ValueError("no JSON text")
        out = out << 4 | c
    return out


cdef bytes _unescaped(Pos at, Py_ssize_t length):
    """What a JSON text says, given as it stands between its quotes; half of a pair stays one."""
    cdef bytes out = PyBytes_FromStringAndSize(NULL, length)
    cdef unsigned char* begun = <unsigned char*>PyBytes_AS_STRING(out)
    cdef unsigned char* to = begun
    cdef Pos end = at + length
    cdef int32_t code, low
    cdef unsigned char c
    while at < end:
        if at[0] != 0x5C:
            to[0] = at[0]
            to += 1
            at += 1
            continue
        if end - at < 2:
            raise ValueError("no JSON text")
        c = at[1]
        at += 2
        if c != 0x75:
            if c == 0x62:
                c = 0x08
            elif c == 0x66:
                c = 0x0C
            elif c == 0x6E:
                c = 0x0A
            elif c == 0x72:
                c = 0x0D
            elif c == 0x74:
                c = 0x09
            to[0] = c
            to += 1
            continue
        code = _hex4(at, end)
        at += 4
        if 0xD800 <= code < 0xDC00 and end - at >= 6 and at[0] == 0x5C and at[1] == 0x75:
            low = _hex4(at + 2, end)
            if 0xDC00 <= low < 0xE000:
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                at += 6
        if code < 0x80:
            to[0] = code
            to += 1
        elif code < 0x800:
            to[0], to[1] = 0xC0 | code >> 6, 0x80 | code & 0x3F
            to += 2
        elif code < 0x10000:
            to[0], to[1], to[2] = 0xE0 | code >> 12, 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
            to += 3
        else:
            to[0], to[1] = 0xF0 | code >> 18, 0x80 | code >> 12 & 0x3F
            to[2], to[3] = 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
            to += 4
    return out[: to - begun]
