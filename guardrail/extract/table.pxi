# What was learnt of bytes.

cdef struct Piece:
    Pos start
    uint32_t length
    int32_t mark  # 0 to 31; a key is told from others by the marks of its pieces, too


cdef inline uint64_t _eight(Pos at) noexcept nogil:
    cdef uint64_t out
    memcpy(&out, at, 8)
    return out


cdef inline uint64_t _few(Pos at, uint32_t length) noexcept nogil:
    """One to seven bytes as a number; others of the same length give another one."""
    cdef uint32_t head, tail
    if length < 4:
        return at[0] | <uint64_t>at[length // 2] << 8 | <uint64_t>at[length - 1] << 16
    memcpy(&head, at, 4)
    memcpy(&tail, at + length - 4, 4)
    return head | <uint64_t>tail << 32


cdef inline uint64_t _mixed(uint64_t hashed, uint64_t part) noexcept nogil:
    hashed = (hashed ^ part) * <uint64_t>0xD6E8FEB86659FD93
    return hashed ^ hashed >> 32


cdef inline uint64_t _hashed(uint64_t hashed, const Piece* piece) noexcept nogil:
    cdef Pos at = piece.start
    cdef Pos end
    hashed += (<uint64_t>piece.length << 8 | piece.mark) * <uint64_t>0x9E3779B97F4A7C15
    if piece.length < 8:
        return _mixed(hashed, _few(at, piece.length))
    end = at + piece.length - 8
    while at < end:
        hashed = _mixed(hashed, _eight(at))
        at += 8
    # The last eight may overlap those before.
    return _mixed(hashed, _eight(end))


cdef inline bint _holds(Pos kept, const Piece* piece) noexcept nogil:
    """Whether there stands what is in the piece, and its mark behind it."""
    cdef Pos at = piece.start
    cdef Pos end
    if kept[piece.length] != piece.mark:
        return False
    if piece.length < 8:
        return _few(kept, piece.length) == _few(at, piece.length)
    end = at + piece.length - 8
    while at < end:
        if _eight(kept) != _eight(at):
            return False
        at += 8
        kept += 8
    return _eight(kept - (at - end)) == _eight(end)


cdef struct Slot:
    uint64_t hashed  # 0 = empty
    uint32_t place
    uint32_t length
    int32_t value


@cython.final
cdef class Table:
    """Pieces of bytes -> number. ``most``: keys that it holds at most; ``room``: bytes of them all.

    It grows as it learns, so that a small one stays near the processor.
    """

    cdef uint64_t seed
    cdef uint32_t most
    cdef uint32_t room
    cdef uint32_t slots  # a power of two, of which half is used at most
    cdef uint32_t size  # of the arena
    cdef Slot* rows
    cdef unsigned char* arena
    cdef uint32_t used
    cdef uint32_t count

    def __cinit__(self, seed, uint32_t most, uint32_t room):
        self.seed = <uint64_t>(seed & 0xFFFFFFFFFFFFFFFF)
        self.most = most
        self.room = room
        self.slots = 256
        self.size = 8192
        self.rows = <Slot*>calloc(self.slots, sizeof(Slot))
        self.arena = <unsigned char*>malloc(self.size)
        if self.rows == NULL or self.arena == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.rows)
        free(self.arena)

    cdef inline uint64_t hash(
        self, const Piece* pieces, int32_t many, uint64_t* length
    ) noexcept:
        """``length`` is set to that of all pieces with a byte behind each."""
        cdef uint64_t out = self.seed
        cdef uint64_t size = many
        cdef int32_t n
        for n in range(many):
            out = _hashed(out, pieces + n)
            size += pieces[n].length
        length[0] = size
        return out | 1

    cdef inline int32_t get(
        self, const Piece* pieces, int32_t many, uint32_t length, uint64_t hashed
    ) noexcept:
        """The number of a key, -1 where it is not known."""
        cdef uint32_t at = hashed & (self.slots - 1)
        cdef Slot* row = &self.rows[at]
        cdef Pos kept
        cdef int32_t n
        while row.hashed:
            if row.hashed == hashed and row.length == length:
                kept = self.arena + row.place
                n = 0
                while n < many and _holds(kept, pieces + n):
                    kept += pieces[n].length + 1
                    n += 1
                if n == many:
                    return row.value
            at = (at + 1) & (self.slots - 1)
            row = &self.rows[at]
        return -1

    cdef bint put(
        self,
        const Piece* pieces,
        int32_t many,
        uint32_t length,
        uint64_t hashed,
        int32_t value,
    ) except -1:
        """Learn a key; False where there is no room for it."""
        cdef Slot* row
        cdef unsigned char* to
        cdef int32_t n
        if self.count >= self.most or self.used + length > self.room:
            return False
        if self.count * 2 >= self.slots:
            self.grow()
        while self.used + length > self.size:
            self.widen()
        to = self.arena + self.used
        for n in range(many):
            memcpy(to, pieces[n].start, pieces[n].length)
            to += pieces[n].length
            to[0] = pieces[n].mark
            to += 1
        row = self.empty(hashed)
        row.hashed = hashed
        row.place = self.used
        row.length = length
        row.value = value
        self.used += length
        self.count += 1
        return True

    cdef Slot* empty(self, uint64_t hashed) noexcept:
        """The slot in which a key of that hash shall stand."""
        cdef uint32_t at = hashed & (self.slots - 1)
        while self.rows[at].hashed:
            at = (at + 1) & (self.slots - 1)
        return &self.rows[at]

    cdef int grow(self) except -1:
        cdef Slot* before = self.rows
        cdef uint32_t many = self.slots
        cdef uint32_t at
        cdef Slot* rows = <Slot*>calloc(many * 2, sizeof(Slot))
        if rows == NULL:
            raise MemoryError
        self.rows = rows
        self.slots = many * 2
        for at in range(many):
            if before[at].hashed:
                self.empty(before[at].hashed)[0] = before[at]
        free(before)
        return 0

    cdef int widen(self) except -1:
        cdef void* arena = realloc(self.arena, self.size * 2)
        if arena == NULL:
            raise MemoryError
        self.arena = <unsigned char*>arena
        self.size *= 2
        return 0
