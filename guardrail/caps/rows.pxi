# What is remembered of rows of caps.

cdef enum:
    SPANNED = 3  # values of an item that stand in a body
    MOST_ROWS = 1024  # a power of two
    NEAR = 4  # places in which a row may stand
    MOST_NAMES = 16384
    NOT_NAMED = 0  # the number of the name of a counter that no value follows


cdef struct Cap:
    int32_t name
    int32_t where
    int32_t kind
    Text text  # of a counter that no value follows, by which it is known again


@cython.final
@cython.no_gc
cdef class _Row:
    """The caps of a row; ``made_of``: what they were found in."""

    cdef Cap* caps
    cdef Py_ssize_t count
    cdef object made_of
    cdef list held

    def __dealloc__(self):
        free(self.caps)


@cython.final
@cython.no_gc
cdef class _Numbers:
    """Names of counters and kinds of caps by number, and rows that are known again: the very same
    ones, which are held for that.
    """

    cdef dict names
    cdef list listed_names
    cdef dict kinds
    cdef list listed_kinds
    cdef PyObject* rows[MOST_ROWS]
    cdef uint32_t turn

    def __cinit__(self):
        self.names = {}
        self.listed_names = [""]
        self.kinds = {}
        self.listed_kinds = []

    def __dealloc__(self):
        cdef int n
        for n in range(MOST_ROWS):
            Py_XDECREF(self.rows[n])

    cdef _Row row(self, given):
        """The caps of a row."""
        cdef uint32_t home = (<uint64_t><size_t><PyObject*>given >> 4) * SPREAD >> 32
        cdef uint32_t n
        cdef PyObject** place
        cdef PyObject* before
        for n in range(NEAR):
            before = self.rows[home + n & MOST_ROWS - 1]
            if before != NULL and (<_Row>before).made_of is given:
                return <_Row>before
        cdef _Row row = self.look_into(given)
        if not _stays(given):
            return row
        for n in range(NEAR):
            place = &self.rows[home + n & MOST_ROWS - 1]
            if place[0] == NULL:
                break
        else:
            self.turn += 1
            place = &self.rows[home + self.turn % NEAR & MOST_ROWS - 1]
        before = place[0]
        Py_INCREF(row)
        place[0] = <PyObject*>row
        Py_XDECREF(before)
        return row

    cdef _Row look_into(self, given):
        caps = given.caps
        cdef _Row out = _Row.__new__(_Row)
        cdef Py_ssize_t many = len(caps)
        cdef PyObject* last = NULL
        cdef int32_t last_kind = 0
        cdef Cap* one
        cdef str name
        out.made_of = given
        out.held = []
        out.caps = <Cap*>calloc(many + 1, sizeof(Cap))
        if out.caps == NULL:
            raise MemoryError
        for cap in caps:
            if out.count == many:
                raise ValueError("a row of caps has changed")
            name, where, terms = cap
            one = &out.caps[out.count]
            one.where = where
            if one.where:
                one.name = _number(self.names, self.listed_names, name)
            else:
                one.name = NOT_NAMED
                _utf8(name, &one.text, out.held)
                one.text.hashed = _joined(NOT_NAMED, _hashed(one.text.at, one.text.length))
            # Equal kinds are mostly the very same.
            if last != <PyObject*>terms:
                last_kind = _number(self.kinds, self.listed_kinds, terms)
                last = <PyObject*>terms
                out.held.append(terms)
            one.kind = last_kind
            out.count += 1
        return out


cdef bint _stays(row):
    """Whether nothing of its caps can change."""
    if type(row.caps) is not tuple:
        return False
    for cap in row.caps:
        if type(cap) is not tuple or type(cap[2]) is not tuple:
            return False
    return True


cdef int32_t _number(dict numbers, list listed, what) except -1:
    """The number of a name or a kind."""
    cdef PyObject* known = PyDict_GetItemWithError(numbers, what)
    if known != NULL:
        return <object>known
    # In this order: one number never stands for two, even if others number meanwhile.
    cdef int32_t number = len(listed)
    listed.append(what)
    numbers[what] = number
    return number


cdef _Numbers _numbers = _Numbers()


cdef _Numbers _the_numbers():
    """Those in use; too many names make room for others, and codes are learnt anew then."""
    global _numbers
    if len(_numbers.listed_names) > MOST_NAMES or len(_numbers.listed_kinds) > MOST_NAMES:
        _numbers = _Numbers()
    return _numbers
