# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""One pass over a response body: where each item and each member stands, and of which sort it is.

What a scan gives is certain, or there is none. Wherever a body is in any way odd (no JSON by the
letter, a key that stands twice or is written with escapes, a value of another type than usual)
`Scanner.scan` gives None, and the careful reading finds out what it is.

Positions are bytes from the beginning of the body. `bytes` end with a NUL that is not counted, no
JSON holds one, and no loop here reads beyond it.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy

ctypedef const unsigned char* Pos

cdef enum:
    DEEPEST = 64  # levels of JSON; deeper bodies are read carefully
    MOST_SIGNALS = 32  # of one item
    MOST_KEYS = 32  # of one signal; fields of one item
    LONGEST = 4096  # bytes of what is compared of an item, and of a text that is remembered

    MOST_DIGITS = 60  # of a number, with its point
    PLACES = 64  # of the keys of one object; a power of two

    IS_ID = 1
    IS_TEXT = 2
    IS_SIGNALS = 4
    IS_HEAD = 8
    IS_HIDDEN = 16

include "letters.pxi"
include "table.pxi"
include "scan.pxi"


@cython.final
cdef class Scanner:
    """Reads bodies of one shape, and learns which sorts of items there are.

    ``steps``: the keys on the way to the lists, None for every element of a list. ``tree``: keys
    of an item -> number of a field, or the keys of an object under it. ``fields``: their names by
    number. ``roles``: of each field what it must be (`ID`, `TEXT`, `SIGNALS`, `HEAD`, `HIDDEN`).
    ``copy``: numbers of title and reason. ``signal_keys``: what is compared of each signal.
    ``learn``: what is asked about what was never seen: ``text(raw)``, ``signal(raws)`` and
    ``head(raws)`` give a number, ``sort(...)`` anything. ``decode``: gives the text of a JSON text.
    """

    cdef Key* keys
    cdef Node* tree_nodes
    cdef int32_t nodes_count
    cdef Key* signal_keys
    cdef Node* signal_node
    cdef int32_t signal_keys_count
    cdef Py_ssize_t fields_count
    cdef int32_t roles[MOST_KEYS]
    cdef int32_t title
    cdef int32_t reason
    cdef uint64_t hidden
    cdef list steps
    cdef list held
    cdef readonly dict numbers
    cdef object learn
    cdef object decode
    cdef object seed
    cdef Table texts
    cdef Table heads
    cdef Table signals
    cdef Table sorts
    cdef list found

    def __init__(self, steps, tree, fields, roles, copy, signal_keys, learn, decode):
        if len(fields) > MOST_KEYS or len(signal_keys) > MOST_KEYS:
            raise ValueError(f"more than {MOST_KEYS} fields can't be read at once")
        self.steps = [None if step is None else step.encode() for step in steps]
        self.fields_count = len(fields)
        self.numbers = {name: n for n, name in enumerate(fields)}
        for n, role in enumerate(roles):
            self.roles[n] = role
            if role & IS_HIDDEN:
                self.hidden |= <uint64_t>1 << <int>n
        self.title, self.reason = copy
        self.learn = learn
        self.decode = decode
        self.held = []
        self._plant(tree)
        self.signal_keys_count = len(signal_keys)
        self.signal_keys = <Key*>calloc(max(len(signal_keys), 1), sizeof(Key))
        self.signal_node = <Node*>calloc(1, sizeof(Node))
        if self.signal_keys == NULL or self.signal_node == NULL:
            raise MemoryError
        for n, key in enumerate(signal_keys):
            self._set(self.signal_node, &self.signal_keys[n], key, n, -1)
        self.seed = hash("guardrail")
        self._forget()

    def __dealloc__(self):
        free(self.keys)
        free(self.tree_nodes)
        free(self.signal_keys)
        free(self.signal_node)

    cdef int _set(self, Node* at, Key* key, str text, int32_t field, int32_t node) except -1:
        encoded = text.encode()
        self.held.append(encoded)
        key.text = <Pos>PyBytes_AS_STRING(encoded)
        key.length = PyBytes_GET_SIZE(encoded)
        key.field = field
        key.node = node
        if key.length == 0:
            raise ValueError("a field with an empty name can't be read at once")
        place = _place(key.text, key.length)
        key.other = at.places[place]
        at.places[place] = key
        return 0

    cdef int _plant(self, tree) except -1:
        """Lay out the keys of each object in turn, those of the item first."""
        waiting = [tree]
        rows = []
        for node in waiting:
            row = []
            for key, under in node.items():
                if isinstance(under, int):
                    row.append((key, under, -1))
                else:
                    waiting.append(under)
                    row.append((key, -1, len(waiting) - 1))
            rows.append(row)
        if len(rows) > 64:
            raise ValueError("more than 64 objects within an item can't be read at once")
        self.nodes_count = len(rows)
        self.tree_nodes = <Node*>calloc(len(rows), sizeof(Node))
        self.keys = <Key*>calloc(max(sum(map(len, rows)), 1), sizeof(Key))
        if self.tree_nodes == NULL or self.keys == NULL:
            raise MemoryError
        at = 0
        for n, row in enumerate(rows):
            for key, field, inner in row:
                self._set(&self.tree_nodes[n], &self.keys[at], key, field, inner)
                at += 1
        return 0

    cdef int _forget(self) except -1:
        """Begin anew: numbers that were given stand for nothing any more."""
        self.texts = Table(self.seed, 1 << 15, 1 << 22)
        self.heads = Table(self.seed, 1 << 13, 1 << 20)
        self.signals = Table(self.seed, 1 << 13, 1 << 20)
        self.sorts = Table(self.seed, 1 << 13, 1 << 20)
        self.found = []
        self.learn.forget()
        return 0

    cdef uint64_t mask_of(self, names) except? 0:
        cdef uint64_t mask = 0
        for name in names:
            mask |= <uint64_t>1 << <int>self.numbers[name]
        return mask

    def scan(self, bytes body, *, bint sorting=True):
        """The items of a body, which is UTF-8; None where it has to be read carefully.

        ``sorting`` False: it is only found where they stand.
        """
        if PyBytes_GET_SIZE(body) > 0x7FFFFFFF - LONGEST:
            return None
        cdef Scan out = Scan.__new__(Scan)
        out.body = body
        out.scanner = self
        out.learnt = self.sorts
        out.sorting = sorting
        out.sorts = []
        cdef Pos base = <Pos>PyBytes_AS_STRING(body)
        out.last = base + PyBytes_GET_SIZE(body) - 8
        cdef Pos at = self._walk(out, base, _blank(base), 0, True, 0)
        if at == NULL or _blank(at) != base + PyBytes_GET_SIZE(body):
            return None
        return out

    cdef Pos _walk(
        self, Scan out, Pos base, Pos at, Py_ssize_t step, bint required, int level
    ) except? NULL:
        """Go on to the lists in the value at ``at``; behind that value."""
        if level > DEEPEST:
            return NULL
        if step == len(self.steps):
            return self._list(out, base, at) if at[0] == 0x5B else NULL
        if self.steps[step] is None:
            return self._groups(out, base, at, step + 1, level + 1)
        return self._level(out, base, at, step, required, level + 1)

    cdef Pos _groups(self, Scan out, Pos base, Pos at, Py_ssize_t step, int level) except? NULL:
        if at[0] != 0x5B:
            return NULL
        at = _blank(at + 1)
        if at[0] == 0x5D:
            return at + 1
        while True:
            at = self._walk(out, base, at, step, False, level)
            if at == NULL:
                return NULL
            at = _blank(at)
            if at[0] == 0x5D:
                return at + 1
            if at[0] != 0x2C:
                return NULL
            at = _blank(at + 1)

    cdef Pos _level(
        self, Scan out, Pos base, Pos at, Py_ssize_t step, bint required, int level
    ) except? NULL:
        cdef bytes wanted = self.steps[step]
        cdef const char* text = PyBytes_AS_STRING(wanted)
        cdef Py_ssize_t length = PyBytes_GET_SIZE(wanted)
        cdef bint found = False
        cdef Pos key
        if at[0] != 0x7B:
            return NULL
        at = _blank(at + 1)
        if at[0] == 0x7D:
            return NULL if required else at + 1
        while True:
            if at[0] != 0x22:
                return NULL
            key = at + 1
            at = _key(at)
            if at == NULL:
                return NULL
            if at - key - 1 == length and memcmp(key, text, length) == 0:
                if found:
                    return NULL
                found = True
                at = _blank(at)
                if at[0] != 0x3A:
                    return NULL
                at = _blank(at + 1)
                if at[0] == 0x6E and not required:
                    at = _word(at)
                else:
                    at = self._walk(out, base, at, step + 1, required, level)
            else:
                at = _blank(at)
                if at[0] != 0x3A:
                    return NULL
                at = _value(_blank(at + 1), out.last, level)
            if at == NULL:
                return NULL
            at = _blank(at)
            if at[0] == 0x7D:
                return at + 1 if found or not required else NULL
            if at[0] != 0x2C:
                return NULL
            at = _blank(at + 1)

    cdef Pos _list(self, Scan out, Pos base, Pos at) except? NULL:
        out.begin_list(at - base)
        cdef Py_ssize_t here = out.listed - 1
        at = _blank(at + 1)
        if at[0] != 0x5D:
            while True:
                at = self._item(out, base, at)
                if at == NULL:
                    return NULL
                at = _blank(at)
                if at[0] == 0x5D:
                    break
                if at[0] != 0x2C:
                    return NULL
                at = _blank(at + 1)
        out.lists[here].end = at + 1 - base
        out.lists[here].count = out.count - out.lists[here].first
        return at + 1

    cdef Pos _item(self, Scan out, Pos base, Pos at) except? NULL:
        cdef Py_ssize_t n
        cdef Member* members
        if at[0] != 0x7B:
            return NULL
        if out.count == out.room:
            out.grow()
        members = out.of(out.count, 0)
        for n in range(self.fields_count):
            members[n].start = -1
        out.many_signals = -1
        out.nodes = 0
        out.spans[2 * out.count] = at - base
        at = self._members(out, base, at, 0, 0)
        if at == NULL:
            return NULL
        out.spans[2 * out.count + 1] = at - base
        if out.sorting:
            sort = self._sort(base, out, out.of(out.count, 0))
            if sort is None:
                return NULL
            out.sorts.append(sort)
        out.count += 1
        return at

    cdef Pos _members(self, Scan out, Pos base, Pos at, int32_t node, int level) except? NULL:
        """The members of an object within an item; ``node``: which one."""
        cdef int32_t inside = at - base
        cdef int32_t before = -1
        cdef int32_t field
        cdef uint32_t length
        cdef Key* found
        cdef Member* last = NULL
        cdef Member* member
        cdef Pos key
        cdef Node* here = &self.tree_nodes[node]
        at = _blank(at + 1)
        if at[0] == 0x7D:
            return at + 1
        while True:
            if at[0] != 0x22:
                return NULL
            key = at
            at = _key(at)
            if at == NULL:
                return NULL
            if last != NULL:
                last.after = key - base
                last = NULL
            length = at - key - 2
            found = _find(here, key + 1, length)
            at = _blank(at)
            if at[0] != 0x3A:
                return NULL
            at = _blank(at + 1)
            if found == NULL:
                at = _value(at, out.last, level)
            elif found.field < 0:
                if at[0] != 0x7B or (out.nodes >> found.node) & 1:
                    return NULL
                out.nodes |= <uint64_t>1 << found.node
                at = self._members(out, base, at, found.node, level + 1)
            else:
                field = found.field
                member = out.of(out.count, field)
                if member.start >= 0:
                    return NULL
                member.value = at - base
                if self.roles[field] & IS_SIGNALS:
                    at = self._signals(out, at)
                elif self.roles[field] & IS_ID and at[0] != 0x22:
                    at = _ident(at)
                elif self.roles[field] & IS_TEXT and at[0] != 0x22:
                    at = _word(at) if at[0] == 0x6E else NULL
                else:
                    at = _value(at, out.last, level)
                if at == NULL:
                    return NULL
                member = out.of(out.count, field)
                member.start = key - base
                member.end = at - base
                member.before = before
                member.after = -1
                member.inside = inside
                last = member
            if at == NULL:
                return NULL
            before = at - base
            at = _blank(at)
            if at[0] == 0x7D:
                return at + 1
            if at[0] != 0x2C:
                return NULL
            at = _blank(at + 1)

    cdef Pos _signals(self, Scan out, Pos at) except? NULL:
        """A list of signals; which sorts of them there are stands in ``out`` then."""
        if at[0] == 0x6E:
            return _word(at)
        if at[0] != 0x5B:
            return NULL
        out.many_signals = 0
        at = _blank(at + 1)
        if at[0] == 0x5D:
            return at + 1
        while True:
            if out.many_signals == MOST_SIGNALS:
                return NULL
            at = self._signal(out, at)
            if at == NULL:
                return NULL
            at = _blank(at)
            if at[0] == 0x5D:
                return at + 1
            if at[0] != 0x2C:
                return NULL
            at = _blank(at + 1)

    cdef Pos _signal(self, Scan out, Pos at) except? NULL:
        cdef Pos starts[MOST_KEYS]
        cdef Pos ends[MOST_KEYS]
        cdef unsigned char compared[LONGEST]
        cdef int32_t many = self.signal_keys_count
        cdef int32_t n, known
        cdef uint32_t length
        cdef Pos key
        cdef Key* found
        if at[0] != 0x7B:
            return NULL
        for n in range(many):
            starts[n] = NULL
        at = _blank(at + 1)
        if at[0] != 0x7D:
            while True:
                if at[0] != 0x22:
                    return NULL
                key = at + 1
                at = _key(at)
                if at == NULL:
                    return NULL
                length = at - key - 1
                at = _blank(at)
                if at[0] != 0x3A:
                    return NULL
                at = _blank(at + 1)
                found = _find(self.signal_node, key, length)
                key = at
                at = _value(at, out.last, 0)
                if at == NULL:
                    return NULL
                if found != NULL:
                    n = found.field
                    if starts[n] != NULL:
                        return NULL
                    starts[n], ends[n] = key, at
                at = _blank(at)
                if at[0] == 0x7D:
                    break
                if at[0] != 0x2C:
                    return NULL
                at = _blank(at + 1)
        if not out.sorting:
            return at + 1
        length = 0
        for n in range(many):
            if starts[n] != NULL:
                if length + (ends[n] - starts[n]) + 2 > LONGEST:
                    return NULL
                memcpy(compared + length, starts[n], ends[n] - starts[n])
                length += ends[n] - starts[n]
            elif length + 2 > LONGEST:
                return NULL
            compared[length] = 0
            length += 1
        known = self._number_of(self.signals, compared, length, 0)
        if known < 0:
            return NULL
        self._note(out, known)
        return at + 1

    cdef void _note(self, Scan out, int32_t number) noexcept:
        """Put the number of a signal among those of the item, in order, each once."""
        cdef int32_t k = out.many_signals
        cdef int32_t n
        for n in range(k):
            if out.signals[n] == number:
                return
        while k > 0 and out.signals[k - 1] > number:
            out.signals[k] = out.signals[k - 1]
            k -= 1
        out.signals[k] = number
        out.many_signals += 1

    cdef int32_t _number_of(
        self, Table table, Pos key, uint32_t length, int kind
    ) except? -1:
        """What was learnt of these bytes; -1 where nothing can be."""
        cdef uint64_t hashed = table.hash(key, length)
        cdef int32_t known = table.get(key, length, hashed)
        if known >= 0:
            return known
        raw = PyBytes_FromStringAndSize(<const char*>key, length)
        if kind == 0:
            known = self.learn.signal(raw[: length - 1].split(b"\x00"))
        elif kind == 1:
            known = self.learn.head(raw[: length - 1].split(b"\x00"))
        else:
            known = self.learn.text(raw)
        # Others may have learnt it meanwhile; then it stands there twice, which does no harm.
        if known >= 0 and length <= LONGEST and not table.put(key, length, hashed, known):
            self._forget()
            return -1
        return known

    cdef object _sort(self, Pos base, Scan out, Member* members):
        """What all items like this one share; None where this can't be told."""
        cdef unsigned char compared[LONGEST]
        cdef uint32_t length = 0
        cdef int32_t n, size, known
        cdef int32_t numbers[4 + MOST_SIGNALS]
        cdef Table sorts = out.learnt
        cdef uint64_t hashed
        for n in range(self.fields_count):
            if not self.roles[n] & IS_HEAD:
                continue
            size = 0
            if members[n].start >= 0:
                size = members[n].end - members[n].value
            if length + size + 2 > LONGEST:
                return None
            memcpy(compared + length, base + members[n].value, size)
            length += size
            compared[length] = 0
            length += 1
        numbers[0] = self._number_of(self.heads, compared, length, 1)
        numbers[1] = self._said(base, &members[self.title])
        numbers[2] = self._said(base, &members[self.reason])
        numbers[3] = out.many_signals
        if numbers[0] < 0 or numbers[1] < 0 or numbers[2] < 0:
            return None
        size = max(out.many_signals, 0)
        memcpy(&numbers[4], out.signals, size * sizeof(int32_t))
        size = (4 + size) * sizeof(int32_t)
        hashed = sorts.hash(<Pos>numbers, size)
        known = sorts.get(<Pos>numbers, size, hashed)
        if known >= 0 and sorts is self.sorts:
            return self.found[known]
        listed = None
        if out.many_signals >= 0:
            listed = [out.signals[n] for n in range(out.many_signals)]
        sort = self.learn.sort(numbers[0], numbers[1], numbers[2], listed)
        if sort is None or sorts is not self.sorts:
            return None
        self.found.append(sort)
        if not sorts.put(<Pos>numbers, size, hashed, len(self.found) - 1):
            self._forget()
        return sort

    cdef int32_t _said(self, Pos base, Member* member) except? -1:
        """The number of what a text says; 0 where there is none."""
        if member.start < 0 or base[member.value] == 0x6E:
            return 0
        return self._number_of(
            self.texts, base + member.value, member.end - member.value, 2
        )


cdef Pos _ident(Pos at) noexcept nogil:
    """A number as an id, as plain as can be, or null."""
    cdef Pos begun = at
    if at[0] == 0x6E:
        return _word(at)
    if at[0] < 0x31 or at[0] > 0x39:
        return NULL
    while 0x30 <= at[0] <= 0x39:
        at += 1
    if at[0] == 0x2E or at[0] == 0x65 or at[0] == 0x45 or at - begun > 18:
        return NULL
    return at


ID, TEXT, SIGNALS, HEAD, HIDDEN = IS_ID, IS_TEXT, IS_SIGNALS, IS_HEAD, IS_HIDDEN
