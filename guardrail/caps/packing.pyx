# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The arguments of the script that reserves, for a batch whose counters have one kind of cap each.

The same bytes as `guardrail.caps.plan.plan` gives, in one pass.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem, PyDict_SetItem
from cpython.list cimport PyList_Append
from cpython.ref cimport PyObject
from libc.stdint cimport int32_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy

cdef enum:
    MOST_CAPS = 200000  # of a batch; a larger one is planned in Python
    MOST_KINDS = 64
    DIGITS = 12  # of a number in JSON, with what parts it from the next


cdef struct Counter:
    int32_t kind
    int32_t times
    int32_t group
    int32_t place


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
    cdef int32_t room
    cdef int32_t* asked  # by cap: the number of its counter
    cdef int32_t caps
    cdef dict numbers
    cdef list names

    def __dealloc__(self):
        free(self.counters)
        free(self.asked)

    cdef int32_t number(self, name, int32_t kind) except -2:
        """The number of a counter; -1 where it has another kind of cap already."""
        cdef PyObject* known = PyDict_GetItem(self.numbers, name)
        cdef int32_t at
        cdef void* wider
        if known != NULL:
            at = <object>known
            if self.counters[at].kind != kind:
                return -1
            self.counters[at].times += 1
            return at
        if self.count == self.room:
            wider = realloc(self.counters, self.room * 2 * sizeof(Counter))
            if wider == NULL:
                raise MemoryError
            self.counters = <Counter*>wider
            self.room *= 2
        at = self.count
        self.counters[at].kind = kind
        self.counters[at].times = 1
        PyDict_SetItem(self.numbers, name, at)
        PyList_Append(self.names, name)
        self.count += 1
        return at


cdef _Numbered _numbered(caps, values, dict kinds):
    """Every cap's counter; None where a counter has two kinds of caps, or there are too many."""
    cdef _Numbered out = _Numbered.__new__(_Numbered)
    cdef Py_ssize_t many = 0
    cdef int32_t kind, at, where
    cdef str name, value
    cdef PyObject* known
    cdef PyObject* met[MOST_KINDS]
    cdef int32_t number_of[MOST_KINDS]
    cdef list held = []
    for each in caps:
        many += len(each)
    if many > MOST_CAPS:
        return None
    out.room = 256
    out.numbers = {}
    out.names = []
    out.counters = <Counter*>malloc(out.room * sizeof(Counter))
    out.asked = <int32_t*>malloc((many + 1) * sizeof(int32_t))
    if out.counters == NULL or out.asked == NULL:
        raise MemoryError
    for each, said in zip(caps, values):
        for cap in each:
            name, where, terms = cap
            if where:
                value = said[where - 1]
                if value is not None:
                    name += value
            # Equal kinds are mostly the very same.
            for kind in range(len(held)):
                if met[kind] == <PyObject*>terms:
                    kind = number_of[kind]
                    break
            else:
                if len(held) == MOST_KINDS:
                    return None
                met[len(held)] = <PyObject*>terms
                held.append(terms)
                kind = kinds.setdefault(terms, len(kinds))
                number_of[len(held) - 1] = kind
            at = out.number(name, kind)
            if at < 0:
                return None
            out.asked[out.caps] = at
            out.caps += 1
    return out


def packed(caps, values, list named):
    """(kinds, groups, asks, codes, counters) of a batch; None where Python has to plan it.

    ``caps`` and ``values`` as of `guardrail.caps.batch.Batch`. ``named``: for each secret the codes
    that are known, and what gives the five bytes of a counter. ``kinds``: of caps, by number from 0
    on. ``groups``: of counters that are alike (kind from 1 on, how often each is asked, how many),
    one after the other. ``asks``: JSON. ``codes``: bytes for each secret. ``counters``: how many.
    """
    cdef dict kinds = {}
    cdef _Numbered all = _numbered(caps, values, kinds)
    if all is None:
        return None
    cdef dict group_of = {}
    cdef list groups = []
    cdef list sizes = []
    cdef int32_t n, group, place
    cdef PyObject* known
    cdef Counter* one
    for n in range(all.count):
        one = &all.counters[n]
        alike = one.kind * <long long>MOST_CAPS + one.times
        known = PyDict_GetItem(group_of, alike)
        if known == NULL:
            group = len(groups)
            group_of[alike] = group
            groups.append((one.kind + 1, one.times))
            sizes.append(0)
        else:
            group = <object>known
        one.group = group
        sizes[group] += 1
    starts = []
    place = 1
    for size in sizes:
        starts.append(place)
        place += size
    cdef list ordered = [None] * all.count
    for n in range(all.count):
        one = &all.counters[n]
        one.place = starts[one.group]
        starts[one.group] += 1
        ordered[one.place - 1] = all.names[n]
    listed = [(kind, times, size) for (kind, times), size in zip(groups, sizes)]
    codes = [_codes(ordered, known_codes, name) for known_codes, name in named]
    return [*kinds], listed, _asks(all, caps), codes, all.count


cdef bytes _codes(list names, dict known, name):
    """The five bytes of each counter, one after the other."""
    cdef Py_ssize_t n, many = len(names)
    cdef bytes out = PyBytes_FromStringAndSize(NULL, many * 5)
    cdef char* to = PyBytes_AS_STRING(out)
    cdef PyObject* found
    for n in range(many):
        counter = names[n]
        found = PyDict_GetItem(known, counter)
        if found == NULL:
            code = name(counter)
            if not isinstance(code, bytes) or PyBytes_GET_SIZE(code) != 5:
                raise ValueError("a counter is named by five bytes")
            known[counter] = code
        else:
            code = <object>found
        memcpy(to + n * 5, PyBytes_AS_STRING(code), 5)
    return out


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
