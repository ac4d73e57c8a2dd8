# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The arguments of the script that reserves, for a batch whose counters have one kind of cap each.

The same bytes as `guardrail.caps.plan.plan` gives, in one pass. A counter is told by where it begins
and by the value that follows, as UTF-8: their text is only put together where its code is not known.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItemWithError
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.ref cimport Py_INCREF, Py_XDECREF, PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memchr, memcmp, memcpy

ctypedef const unsigned char* Pos

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

cdef enum:
    MOST_CAPS = 200000  # of a batch; a larger one is planned in Python
    MOST_VALUES = 8  # of an item; what is counted by a later one is planned in Python
    DIGITS = 12  # of a number in JSON, with what parts it from the next

include "texts.pxi"
include "rows.pxi"
include "codes.pxi"


cdef struct Counter:
    uint64_t hashed
    Pos text
    uint32_t length
    int32_t name
    int32_t kind
    int32_t times
    int32_t group
    int32_t place


cdef struct Group:
    int32_t kind
    int32_t times
    int32_t size
    int32_t next
    int32_t other  # the next one of the same kind of cap; -1 = none


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
    cdef int32_t* sizes  # by ask: how many caps it has
    cdef int32_t asks
    cdef int32_t* index  # of counters, by name and value; 0 = none, else its number + 1
    cdef uint32_t slots  # a power of two
    cdef Text said[MOST_VALUES]  # what the item at hand is counted by
    cdef int32_t says  # how many of them it has
    cdef list held  # whatever holds the texts of the counters

    def __dealloc__(self):
        free(self.counters)
        free(self.asked)
        free(self.sizes)
        free(self.index)

    cdef int begin(self, Py_ssize_t asks, Py_ssize_t many) except -1:
        """Make room for so many asks and caps."""
        self.slots = 64
        while self.slots < many * 2:
            self.slots *= 2
        self.counters = <Counter*>malloc((many + 1) * sizeof(Counter))
        self.asked = <int32_t*>malloc((many + 1) * sizeof(int32_t))
        self.sizes = <int32_t*>malloc((asks + 1) * sizeof(int32_t))
        self.index = <int32_t*>calloc(self.slots, sizeof(int32_t))
        if not (self.counters and self.asked and self.sizes and self.index):
            raise MemoryError
        return 0

    cdef int say(self, said) except -1:
        """An item is counted by these texts."""
        cdef tuple values = said if type(said) is tuple else tuple(said)
        cdef Py_ssize_t n, many = min(PyTuple_GET_SIZE(values), <Py_ssize_t>MOST_VALUES)
        for n in range(many):
            self.said[n].at = <Pos>b""
            self.said[n].length = 0
            self.said[n].hashed = 0
            self.said[n].raw = False
            text = <object>PyTuple_GET_ITEM(values, n)
            if text is not None:
                _utf8(text, &self.said[n], self.held)
        self.says = many
        return 0

    cdef int say_spans(self, Pos body, Py_ssize_t size, const int32_t* span) except -1:
        """The same where they stand in a body."""
        cdef int32_t n
        for n in range(SPANNED):
            self.said[n].hashed = 0
            if span[2 * n] < 0:
                self.said[n].at = <Pos>b""
                self.said[n].length = 0
                self.said[n].raw = False
            elif span[2 * n] <= span[2 * n + 1] <= size:
                self.said[n].at = body + span[2 * n]
                self.said[n].length = span[2 * n + 1] - span[2 * n]
                self.said[n].raw = True
            else:
                raise ValueError("a value stands outside of its body")
        self.says = SPANNED
        return 0

    cdef bint ask(self, _Row row) except -1:
        """One item's caps; False where a counter has another kind of cap already."""
        cdef Py_ssize_t n
        cdef int32_t at
        cdef uint32_t slot
        cdef uint64_t hashed
        cdef Cap* cap
        cdef Text* text
        cdef Counter* one
        for n in range(row.count):
            cap = &row.caps[n]
            if cap.where == 0:
                text = &cap.text
                hashed = text.hashed
            elif 0 < cap.where <= self.says:
                text = &self.said[cap.where - 1]
                if text.hashed == 0:
                    _hash(text, self.held)
                hashed = _joined(cap.name, text.hashed)
            elif cap.where > MOST_VALUES:
                return False
            else:
                raise IndexError(f"an item has {self.says} values, and no value {cap.where}")
            slot = hashed & self.slots - 1
            while self.index[slot]:
                at = self.index[slot] - 1
                one = &self.counters[at]
                if (
                    one.hashed == hashed
                    and one.name == cap.name
                    and one.length == text.length
                    and memcmp(one.text, text.at, text.length) == 0
                ):
                    if one.kind != cap.kind:
                        return False
                    one.times += 1
                    break
                slot = slot + 1 & self.slots - 1
            else:
                at = self.count
                self.count += 1
                self.index[slot] = at + 1
                one = &self.counters[at]
                one.hashed, one.text, one.length = hashed, text.at, text.length
                one.name, one.kind, one.times = cap.name, cap.kind, 1
            self.asked[self.caps] = at
            self.caps += 1
        self.sizes[self.asks] = row.count
        self.asks += 1
        return True


cdef _Numbered _numbered(_Numbers numbers, list given, values):
    """Every cap's counter; None where a counter has two kinds of caps, or there are too many."""
    cdef _Numbered out = _Numbered.__new__(_Numbered)
    cdef Py_ssize_t many = 0, n, asks = PyList_GET_SIZE(given), size = 0, k, spanned = 0
    cdef PyObject* met = NULL
    cdef PyObject* each
    cdef PyObject* said
    cdef _Row row = None
    cdef list rows = []
    cdef list listed = None
    cdef tuple index = ()
    cdef dict own = None
    cdef bytes body = b"", spans = b""
    for n in range(asks):
        each = <PyObject*>PyList_GET_ITEM(given, n)
        if each != met:
            row = numbers.row(<object>each)
            met = each
        rows.append(row)
        many += row.count
    if many > MOST_CAPS:
        return None
    spans = getattr(values, "spans", None)
    if spans is None:
        listed = [*values]
        k = PyList_GET_SIZE(listed)
    else:
        body, own, index = values.body, values.own, tuple(values.which)
        size = PyBytes_GET_SIZE(body)
        spanned = PyBytes_GET_SIZE(spans) // <Py_ssize_t>(2 * SPANNED * sizeof(int32_t))
        k = PyTuple_GET_SIZE(index)
    if k != asks:
        raise ValueError(f"{k} items have values, and {asks} have caps")
    # What is held: rows, texts of their own, the body and the values.
    out.held = [rows, body, values, listed, own]
    out.begin(asks, many)
    for n in range(asks):
        if spans is None:
            out.say(<object>PyList_GET_ITEM(listed, n))
        else:
            said = PyDict_GetItemWithError(own, <object>PyTuple_GET_ITEM(index, n)) if own else NULL
            if said != NULL:
                out.say(<object>said)
            else:
                k = <object>PyTuple_GET_ITEM(index, n)
                if not 0 <= k < spanned:
                    raise IndexError(f"there are {spanned} items, and no item {k}")
                out.say_spans(
                    <Pos>PyBytes_AS_STRING(body),
                    size,
                    <const int32_t*>PyBytes_AS_STRING(spans) + 2 * SPANNED * k,
                )
        if not out.ask(<_Row>PyList_GET_ITEM(rows, n)):
            return None
    return out


def packed(rows, values, list named):
    """(kinds, groups, asks, codes, counters) of a batch; None where Python has to plan it: where a
    counter has several kinds of caps, or is told in different parts.

    ``rows`` and ``values`` as of `guardrail.caps.batch.Batch`. ``named``: for each secret the
    `Table` of codes that are known, and what gives the five bytes of a counter. ``kinds``: of caps,
    by number from 0 on. ``groups``: of counters that are alike (kind from 1 on, how often each is
    asked, how many), one after the other. ``asks``: JSON. ``codes``: bytes for each secret.
    ``counters``: how many.
    """
    if not named:
        return None
    cdef _Numbers numbers = _the_numbers()
    cdef _Numbered all = _numbered(numbers, rows if type(rows) is list else [*rows], values)
    if all is None:
        return None
    cdef Group* groups = <Group*>malloc((all.count + 1) * sizeof(Group))
    cdef int32_t* ordered = <int32_t*>malloc((all.count + 1) * sizeof(int32_t))
    # By kind of cap: the first of its groups + 1, and its number in this batch.
    cdef int32_t* firsts = <int32_t*>calloc(len(numbers.listed_kinds) + 1, 2 * sizeof(int32_t))
    cdef int32_t n, group, count = 0, place = 1
    cdef int32_t* first
    cdef Counter* one
    try:
        if not (groups and ordered and firsts):
            raise MemoryError
        kinds = []
        for n in range(all.count):
            one = &all.counters[n]
            first = firsts + 2 * one.kind
            if first[0] == 0:
                first[1] = len(kinds)
                kinds.append(numbers.listed_kinds[one.kind])
            group = first[0] - 1
            while group >= 0 and groups[group].times != one.times:
                group = groups[group].other
            if group < 0:
                group = count
                count += 1
                groups[group].kind, groups[group].times = first[1], one.times
                groups[group].size, groups[group].other = 0, first[0] - 1
                first[0] = group + 1
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
            codes.append(_codes(all, ordered, numbers, known, name))
        if not _distinct(codes[0], all.count):
            return None
        return kinds, listed, _asks(all), codes, all.count
    finally:
        free(groups)
        free(ordered)
        free(firsts)


cdef bytes _codes(_Numbered all, int32_t* ordered, _Numbers numbers, Table known, name):
    """The five bytes of each counter, one after the other."""
    cdef int32_t n
    cdef bytes out = PyBytes_FromStringAndSize(NULL, all.count * <Py_ssize_t>CODE)
    cdef char* to = PyBytes_AS_STRING(out)
    cdef Pos found
    cdef Counter* one
    known.begin(numbers)
    for n in range(all.count):
        one = &all.counters[ordered[n]]
        # Others may have gone on with another numbering while a code was worked out.
        found = NULL
        if known.numbers is numbers:
            found = known.get(one.name, one.text, one.length, one.hashed)
        if found != NULL:
            memcpy(to + n * CODE, found, CODE)
            continue
        text = PyUnicode_DecodeUTF8(<const char*>one.text, one.length, "surrogatepass")
        code = name(numbers.listed_names[one.name] + text)
        if not isinstance(code, bytes) or PyBytes_GET_SIZE(code) != CODE:
            raise ValueError("a counter is named by five bytes")
        memcpy(to + n * CODE, PyBytes_AS_STRING(code), CODE)
        if known.numbers is numbers:
            known.put(one.name, one.text, one.length, one.hashed, <Pos>PyBytes_AS_STRING(code))
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
            memcpy(&key, text + n * CODE, CODE)
            slot = key * SPREAD >> 32 & slots - 1
            while index[slot]:
                if memcmp(text + (index[slot] - 1) * CODE, text + n * CODE, CODE) == 0:
                    return False
                slot = slot + 1 & slots - 1
            index[slot] = n + 1
    finally:
        free(index)
    return True


cdef bytes _asks(_Numbered all):
    """The asks as JSON: for each the places of its counters."""
    cdef Py_ssize_t room = all.caps * <Py_ssize_t>DIGITS + all.asks * <Py_ssize_t>3 + 8
    cdef unsigned char* text = <unsigned char*>malloc(room)
    if text == NULL:
        raise MemoryError
    cdef unsigned char* to = text
    cdef int32_t at = 0, n, k
    try:
        to[0] = 0x5B
        to += 1
        for n in range(all.asks):
            if n:
                to[0] = 0x2C
                to += 1
            to[0] = 0x5B
            to += 1
            for k in range(all.sizes[n]):
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
