# What was learnt of bytes.

cdef struct Slot:
    uint64_t hashed  # 0 = empty
    uint32_t place
    uint32_t length
    int32_t value


@cython.final
cdef class Table:
    """Bytes -> number. ``most``: keys that it holds at most; ``room``: bytes of them all.

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

    cdef uint64_t hash(self, Pos key, uint32_t length) noexcept:
        cdef uint64_t out = self.seed ^ (length * <uint64_t>0x9E3779B97F4A7C15)
        cdef uint64_t part
        while length >= 8:
            memcpy(&part, key, 8)
            out = (out ^ part) * <uint64_t>0xD6E8FEB86659FD93
            out ^= out >> 32
            key += 8
            length -= 8
        if length:
            part = 0
            memcpy(&part, key, length)
            out = (out ^ part) * <uint64_t>0xD6E8FEB86659FD93
            out ^= out >> 29
        out = out * <uint64_t>0x9E3779B97F4A7C15
        out ^= out >> 32
        return out | 1

    cdef int32_t get(self, Pos key, uint32_t length, uint64_t hashed) noexcept:
        """The number of a key, -1 where it is not known."""
        cdef uint32_t at = hashed & (self.slots - 1)
        cdef Slot* row = &self.rows[at]
        while row.hashed:
            if (
                row.hashed == hashed
                and row.length == length
                and memcmp(self.arena + row.place, key, length) == 0
            ):
                return row.value
            at = (at + 1) & (self.slots - 1)
            row = &self.rows[at]
        return -1

    cdef bint put(self, Pos key, uint32_t length, uint64_t hashed, int32_t value) except -1:
        """Learn a key; False where there is no room for it."""
        cdef Slot* row
        if self.count >= self.most or self.used + length > self.room:
            return False
        if self.count * 2 >= self.slots:
            self.grow()
        while self.used + length > self.size:
            self.widen()
        memcpy(self.arena + self.used, key, length)
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
