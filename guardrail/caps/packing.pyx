# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The arguments of the script that reserves, for a batch whose counters have one kind of cap each.

The same bytes as `guardrail.caps.plan.plan` gives, in one pass. A counter is told by where it begins
and by the value that follows: their text is only put together where its code is not known.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItemWithError, PyDict_SetItem
from cpython.list cimport PyList_Append, PyList_GET_ITEM
from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy

cdef enum:
    MOST_CAPS = 200000  # of a batch; a larger one is planned in Python
    MOST_MET = 64  # rows of caps that are known again without a look into them
    DIGITS = 12  # of a number in JSON, with what parts it from the next
    NO_VALUE = -1

cdef uint64_t SPREAD = 0x9E3779B97F4A7C15


cdef struct Cap:
    int32_t name
    int32_t where
    int32_t kind


cdef struct Counter:
    int32_t name
    int32_t value
    int32_t kind
    int32_t times
    int32_t group
    int32_t place


cdef struct Group:
    int32_t kind
    int32_t times
    int32_t size
    int32_t next


cdef inline unsigned char* _written(unsigned char* to, int32_t number) noexcept:
    """A number from 0 on in decimal digits."""
    cdef unsigned char digits[DIGITS]
    cdef int many = 0
    if number == 0:
        to[0] = 0x30
        return to + 1
    while number:
        digits[many] = 0x30 + number % 10
        number //= 10
        many += 1
    while many:
        many -= 1
        to[0] = digits[many]
        to += 1
    return to


@cython.final
cdef class _Numbered:
    """The counters of one batch by number, in the order in which they were met."""

    cdef Counter* counters
    cdef int32_t count
    cdef int32_t* asked  # by cap: the number of its counter
    cdef int32_t caps
    cdef int32_t* index  # of counters, by name and value; 0 = none, else its number + 1
    cdef uint32_t slots  # a power of two
    cdef Cap* row  # the caps of the last row that was looked into
    cdef int32_t row_room
    cdef Cap* met  # those of all rows that are known again, one after the other
    cdef int32_t met_size
    cdef int32_t met_room
    cdef dict names
    cdef list listed_names
    cdef dict values
    cdef list listed_values
    cdef dict kinds
    cdef PyObject* last  # the kind that was met last, and its number
    cdef int32_t last_kind

    def __dealloc__(self):
        free(self.counters)
        free(self.asked)
        free(self.index)
        free(self.row)
        free(self.met)

    cdef int begin(self, Py_ssize_t many) except -1:
        """Make room for so many caps."""
        self.slots = 64
        while self.slots < many * 2:
            self.slots *= 2
        self.names = {}
        self.listed_names = []
        self.values = {}
        self.listed_values = []
        self.kinds = {}
        self.counters = <Counter*>malloc((many + 1) * sizeof(Counter))
        self.asked = <int32_t*>malloc((many + 1) * sizeof(int32_t))
        self.index = <int32_t*>calloc(self.slots, sizeof(int32_t))
        if self.counters == NULL or self.asked == NULL or self.index == NULL:
            raise MemoryError
        return 0

    cdef Cap* look_into(self, caps) except NULL:
        """The caps of a row."""
        cdef Py_ssize_t many = len(caps), n = 0
        cdef void* wider
        cdef str name
        if many >= self.row_room:
            wider = realloc(self.row, (many + 1) * sizeof(Cap))
            if wider == NULL:
                raise MemoryError
            self.row = <Cap*>wider
            self.row_room = many + 1
        for cap in caps:
            name, where, terms = cap
            self.row[n].name = _number(self.names, self.listed_names, name)
            self.row[n].where = where
            # Equal kinds are mostly the very same.
            if self.last != <PyObject*>terms:
                self.last_kind = self.kinds.setdefault(terms, len(self.kinds))
                self.last = <PyObject*>terms
            self.row[n].kind = self.last_kind
            n += 1
        return self.row

    cdef int32_t keep(self, Py_ssize_t many) except -1:
        """Keep the row that was looked into; where it begins among those that are known again."""
        cdef int32_t start = self.met_size
        cdef void* wider
        if start + many >= self.met_room:
            self.met_room = (start + many) * 2 + 64
            wider = realloc(self.met, self.met_room * sizeof(Cap))
            if wider == NULL:
                raise MemoryError
            self.met = <Cap*>wider
        memcpy(self.met + start, self.row, many * sizeof(Cap))
        self.met_size += many
        return start

    cdef bint ask(self, Cap* row, Py_ssize_t many, said) except -1:
        """One item's caps; False where a counter has another kind of cap already."""
        cdef Py_ssize_t n
        cdef int32_t value, at
        cdef uint32_t slot
        cdef uint64_t key
        cdef Counter* one
        for n in range(many):
            value = NO_VALUE
            if row[n].where:
                text = said[row[n].where - 1]
                if text is not None:
                    value = _number(self.values, self.listed_values, text)
            key = (<uint64_t>row[n].name << 32 | <uint32_t>value) * SPREAD
            slot = key >> 32 & self.slots - 1
            while self.index[slot]:
                at = self.index[slot] - 1
                one = &self.counters[at]
                if one.name == row[n].name and one.value == value:
                    if one.kind != row[n].kind:
                        return False
                    one.times += 1
                    break
                slot = slot + 1 & self.slots - 1
            else:
                at = self.count
                self.count += 1
                self.index[slot] = at + 1
                one = &self.counters[at]
                one.name, one.value, one.kind, one.times = row[n].name, value, row[n].kind, 1
            self.asked[self.caps] = at
            self.caps += 1
        return True


cdef int32_t _number(dict numbers, list listed, text) except -1:
    """The number of a text, from 0 on in the order in which they are met."""
    cdef PyObject* known = PyDict_GetItemWithError(numbers, text)
    cdef int32_t number
    if known != NULL:
        return <object>known
    number = len(listed)
    PyDict_SetItem(numbers, text, number)
    PyList_Append(listed, text)
    return number


cdef _Numbered _numbered(caps, values):
    """Every cap's counter; None where a counter has two kinds of caps, or there are too many."""
    cdef _Numbered out = _Numbered.__new__(_Numbered)
    cdef PyObject* met[MOST_MET]
    cdef int32_t starts[MOST_MET]
    cdef int32_t known = 0, n
    cdef Py_ssize_t many = 0, size
    cdef Cap* row
    cdef list held = []
    for each in caps:
        many += len(each)
    if many > MOST_CAPS:
        return None
    out.begin(many)
    for each, said in zip(caps, values):
        size = len(each)
        for n in range(known):
            if met[n] == <PyObject*>each:
                row = out.met + starts[n]
                break
        else:
            row = out.look_into(each)
            if known < MOST_MET:
                starts[known] = out.keep(size)
                met[known] = <PyObject*>each
                held.append(each)
                known += 1
        if not out.ask(row, size, said):
            return None
    return out


def packed(caps, values, list named):
    """(kinds, groups, asks, codes, counters, learnt) of a batch; None where Python has to plan it:
    where a counter has several kinds of caps, or is told in different parts.

    ``caps`` and ``values`` as of `guardrail.caps.batch.Batch`. ``named``: for each secret the codes
    that are known, by how a counter begins and then by the value that follows (None: none does),
    and what gives the five bytes of a counter. ``kinds``: of caps, by number from 0 on. ``groups``:
    of counters that are alike (kind from 1 on, how often each is asked, how many), one after the
    other. ``asks``: JSON. ``codes``: bytes for each secret. ``counters``: how many. ``learnt``: how
    many codes were not known.
    """
    cdef _Numbered all = _numbered(caps, values)
    if all is None:
        return None
    cdef Group* groups = <Group*>malloc((all.count + 1) * sizeof(Group))
    cdef int32_t* ordered = <int32_t*>malloc((all.count + 1) * sizeof(int32_t))
    cdef int32_t n, group, count = 0, place = 1, learnt = 0
    cdef Counter* one
    try:
        if groups == NULL or ordered == NULL:
            raise MemoryError
        for n in range(all.count):
            one = &all.counters[n]
            for group in range(count):
                if groups[group].kind == one.kind and groups[group].times == one.times:
                    break
            else:
                group = count
                count += 1
                groups[group].kind, groups[group].times = one.kind, one.times
                groups[group].size = 0
            one.group = group
            groups[group].size += 1
        listed = []
        for group in range(count):
            groups[group].next = place
            place += groups[group].size
            listed.append((groups[group].kind + 1, groups[group].times, groups[group].size))
        for n in range(all.count):
            one = &all.counters[n]
            one.place = groups[one.group].next
            groups[one.group].next += 1
            ordered[one.place - 1] = n
        codes = []
        for known, name in named:
            codes.append(_codes(all, ordered, known, name, &learnt))
        if not codes or not _distinct(codes[0], all.count):
            return None
        return [*all.kinds], listed, _asks(all, caps), codes, all.count, learnt
    finally:
        free(groups)
        free(ordered)


cdef bytes _codes(_Numbered all, int32_t* ordered, dict known, name, int32_t* learnt):
    """The five bytes of each counter, one after the other."""
    cdef int32_t n
    cdef bytes out = PyBytes_FromStringAndSize(NULL, all.count * <Py_ssize_t>5)
    cdef char* to = PyBytes_AS_STRING(out)
    cdef PyObject* found
    cdef Counter* one
    for n in range(all.count):
        one = &all.counters[ordered[n]]
        begin = all.listed_names[one.name]
        value = None if one.value == NO_VALUE else all.listed_values[one.value]
        found = PyDict_GetItemWithError(known, begin)
        if found == NULL:
            known[begin] = by_value = {}
        else:
            by_value = <object>found
        found = PyDict_GetItemWithError(by_value, value)
        if found == NULL:
            code = name(begin if value is None else begin + value)
            if not isinstance(code, bytes) or PyBytes_GET_SIZE(code) != 5:
                raise ValueError("a counter is named by five bytes")
            by_value[value] = code
            learnt[0] += 1
        else:
            code = <object>found
        memcpy(to + n * 5, PyBytes_AS_STRING(code), 5)
    return out


cdef bint _distinct(bytes codes, int32_t many) except -1:
    """Whether no two counters have one code: not even two that only look different in their parts."""
    cdef const unsigned char* text = <const unsigned char*>PyBytes_AS_STRING(codes)
    cdef uint32_t slots = 64, slot
    cdef uint64_t key
    cdef int32_t n
    while slots < many * 2:
        slots *= 2
    cdef int32_t* index = <int32_t*>calloc(slots, sizeof(int32_t))
    if index == NULL:
        raise MemoryError
    try:
        for n in range(many):
            key = 0
            memcpy(&key, text + n * 5, 5)
            slot = key * SPREAD >> 32 & slots - 1
            while index[slot]:
                if memcmp(text + (index[slot] - 1) * 5, text + n * 5, 5) == 0:
                    return False
                slot = slot + 1 & slots - 1
            index[slot] = n + 1
    finally:
        free(index)
    return True


cdef bytes _asks(_Numbered all, caps):
    """The asks as JSON: for each the places of its counters."""
    cdef Py_ssize_t room = all.caps * DIGITS + len(caps) * 3 + 8
    cdef unsigned char* text = <unsigned char*>malloc(room)
    if text == NULL:
        raise MemoryError
    cdef unsigned char* to = text
    cdef int32_t at = 0, k, size
    cdef bint first = True
    try:
        to[0] = 0x5B
        to += 1
        for each in caps:
            if not first:
                to[0] = 0x2C
                to += 1
            first = False
            to[0] = 0x5B
            to += 1
            size = len(each)
            for k in range(size):
                if k:
                    to[0] = 0x2C
                    to += 1
                to = _written(to, all.counters[all.asked[at]].place)
                at += 1
            to[0] = 0x5D
            to += 1
        to[0] = 0x5D
        to += 1
        return PyBytes_FromStringAndSize(<char*>text, to - text)
    finally:
        free(text)
