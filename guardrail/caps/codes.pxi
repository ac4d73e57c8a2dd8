# What is remembered of the codes of counters.

cdef enum:
    CODE = 5  # bytes of one
    HEAD = 9  # bytes of a name's number and of a code, which stand before the value
    MOST_CODES = 65536
    MOST_BYTES = 1 << 22  # of them all
    LONGEST = 512  # bytes of a value that is remembered


cdef struct Slot:
    uint64_t hashed
    uint32_t place
    uint32_t length  # of the value, and 1; 0 = empty


@cython.final
cdef class Table:
    """The codes of counters under one secret, by name and value; one that is full begins anew."""

    cdef _Numbers numbers  # those that its names have
    cdef uint32_t slots  # a power of two, of which half is used at most
    cdef uint32_t size  # of the arena
    cdef Slot* rows
    cdef unsigned char* arena
    cdef uint32_t used
    cdef uint32_t count

    def __cinit__(self):
        self.forget()

    def __dealloc__(self):
        free(self.rows)
        free(self.arena)

    def __len__(self):
        return self.count

    cdef int forget(self) except -1:
        cdef Slot* rows = <Slot*>calloc(256, sizeof(Slot))
        cdef unsigned char* arena = <unsigned char*>malloc(8192)
        if rows == NULL or arena == NULL:
            free(rows)
            free(arena)
            raise MemoryError
        free(self.rows)
        free(self.arena)
        self.rows, self.slots = rows, 256
        self.arena, self.size = arena, 8192
        self.used = self.count = 0
        return 0

    cdef int begin(self, _Numbers numbers) except -1:
        """What follows is asked by these numbers."""
        if self.numbers is not numbers:
            self.forget()
            self.numbers = numbers
        return 0

    cdef Pos get(self, int32_t name, Pos text, uint32_t length, uint64_t hashed) noexcept:
        """The code of a counter, to be copied at once; NULL where it is not known."""
        cdef uint32_t at = hashed & (self.slots - 1)
        cdef Slot* row = &self.rows[at]
        cdef Pos found
        while row.length:
            if row.hashed == hashed and row.length == length + 1:
                found = self.arena + row.place
                if memcmp(found, &name, 4) == 0 and memcmp(found + HEAD, text, length) == 0:
                    return found + 4
            at = (at + 1) & (self.slots - 1)
            row = &self.rows[at]
        return NULL

    cdef int put(
        self, int32_t name, Pos text, uint32_t length, uint64_t hashed, Pos code
    ) except -1:
        """Learn a code. Others may have learnt it meanwhile."""
        cdef unsigned char* to
        cdef Slot* row
        if length > LONGEST or self.get(name, text, length, hashed) != NULL:
            return 0
        if self.count >= MOST_CODES or self.used + HEAD + length > MOST_BYTES:
            self.forget()
        if self.count * 2 >= self.slots:
            self.grow()
        if self.used + HEAD + length > self.size:
            self.widen()
        to = self.arena + self.used
        memcpy(to, &name, 4)
        memcpy(to + 4, code, CODE)
        memcpy(to + HEAD, text, length)
        row = self.empty(hashed)
        row.hashed, row.place, row.length = hashed, self.used, length + 1
        self.used += HEAD + length
        self.count += 1
        return 0

    cdef Slot* empty(self, uint64_t hashed) noexcept:
        """The slot in which a counter of that hash shall stand."""
        cdef uint32_t at = hashed & (self.slots - 1)
        while self.rows[at].length:
            at = (at + 1) & (self.slots - 1)
        return &self.rows[at]

    cdef int grow(self) except -1:
        cdef Slot* before = self.rows
        cdef uint32_t many = self.slots
        cdef uint32_t at
        cdef Slot* rows = <Slot*>calloc(many * 2, sizeof(Slot))
        if rows == NULL:
            raise MemoryError
        self.rows, self.slots = rows, many * 2
        for at in range(many):
            if before[at].length:
                self.empty(before[at].hashed)[0] = before[at]
        free(before)
        return 0

    cdef int widen(self) except -1:
        # One step is enough for any value that is remembered.
        cdef unsigned char* arena = <unsigned char*>malloc(self.size * 2)
        if arena == NULL:
            raise MemoryError
        memcpy(arena, self.arena, self.used)
        free(self.arena)
        self.arena, self.size = arena, self.size * 2
        return 0
