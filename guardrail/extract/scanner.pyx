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
from libc.string cimport memcmp, memcpy, memset

ctypedef const unsigned char* Pos

cdef enum:
    DEEPEST = 64  # levels of JSON; deeper bodies are read carefully
    MOST_SIGNALS = 32  # of one item
    MOST_KEYS = 32  # of one signal; fields of one item
    LONGEST = 4096  # bytes of what is compared of an item, and of a text that is remembered
    MOST_DIGITS = 60  # of a number, with its point
    PLACES = 64  # of the keys of one object; a power of two
    ROWS = 24  # keys of one object whose order is remembered
    WIDE = 24  # bytes that are looked at together at most

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
    cdef int32_t heads_fields[MOST_KEYS]
    cdef int32_t heads_count
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
            if role & IS_HEAD:
                self.heads_fields[self.heads_count] = n
                self.heads_count += 1
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
        self._clear(self.signal_node)
        for n, key in enumerate(signal_keys):
            self._set(self.signal_node, &self.signal_keys[n], key, n, -1)
        self.seed = hash("guardrail")
        self._forget()

    def __dealloc__(self):
        free(self.keys)
        free(self.tree_nodes)
        free(self.signal_keys)
        free(self.signal_node)

    cdef void _clear(self, Node* node) noexcept:
        """No key is expected yet."""
        cdef int32_t n
        for n in range(ROWS + 3):
            node.rows[n].step = n < ROWS
            _forget_row(&node.rows[n])

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
            self._clear(&self.tree_nodes[n])
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
        # The NUL behind the body may be looked at.
        out.last = base + PyBytes_GET_SIZE(body) + 1 - WIDE
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
            if at[0] != 0x2C:
                return at + 1 if at[0] == 0x5D else NULL
            at = _blank(at + 1)

    cdef Pos _level(
        self, Scan out, Pos base, Pos at, Py_ssize_t step, bint required, int level
    ) except? NULL:
        cdef bytes wanted = self.steps[step]
        cdef const char* text = PyBytes_AS_STRING(wanted)
        cdef Py_ssize_t length = PyBytes_GET_SIZE(wanted)
        cdef bint found = False
        cdef bint here
        cdef Pos key
        if at[0] != 0x7B:
            return NULL
        at = _blank(at + 1)
        if at[0] == 0x7D:
            if required:
                return NULL
            return at + 1
        while True:
            key = at + 1
            at = _key(at, out.last)
            if at == NULL:
                return NULL
            here = at - key - 1 == length and memcmp(key, text, length) == 0
            at = _colon(at)
            if at == NULL or (here and found):
                return NULL
            if not here:
                at = _value(at, out.last, level)
            elif at[0] == 0x6E and not required:
                at = _word(at)
            else:
                at = self._walk(out, base, at, step + 1, required, level)
            if at == NULL:
                return NULL
            found = found or here
            at = _blank(at)
            if at[0] != 0x2C:
                break
            at = _blank(at + 1)
        return at + 1 if at[0] == 0x7D and (found or not required) else NULL

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
                if at[0] != 0x2C:
                    break
                at = _blank(at + 1)
            if at[0] != 0x5D:
                return NULL
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
        cdef int32_t role
        cdef Node* here = &self.tree_nodes[node]
        cdef Row* row = here.rows
        cdef Member* members = out.of(out.count, 0)
        cdef Member* latest = NULL
        cdef Member* member
        cdef Key* found
        cdef Pos last = out.last
        cdef Pos key, value
        at = _blank(at + 1)
        if at[0] == 0x7D:
            return at + 1
        while True:
            key = at
            row = _row(here, row, at, last)
            if row == NULL:
                return NULL
            at = _behind(row, at)
            found = row.key
            row += row.step
            if latest != NULL:
                latest.after = key - base
                latest = NULL
            if found == NULL:
                at = _value(at, last, level)
            elif found.field < 0:
                if at[0] != 0x7B or (out.nodes >> found.node) & 1:
                    return NULL
                out.nodes |= <uint64_t>1 << found.node
                at = self._members(out, base, at, found.node, level + 1)
            else:
                member = members + found.field
                if member.start >= 0:
                    return NULL
                value = at
                role = self.roles[found.field]
                if role & IS_SIGNALS:
                    at = self._signals(out, at)
                elif at[0] == 0x22:
                    at = _string(at, last)
                elif role & IS_ID:
                    at = _ident(at)
                elif role & IS_TEXT:
                    at = _word(at) if at[0] == 0x6E else NULL
                else:
                    at = _no_string(at, last, level)
                if at == NULL:
                    return NULL
                member.start = key - base
                member.value = value - base
                member.end = at - base
                member.before = before
                member.after = -1
                member.inside = inside
                latest = member
            if at == NULL:
                return NULL
            before = at - base
            at = _blank(at)
            if at[0] != 0x2C:
                return at + 1 if at[0] == 0x7D else NULL
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
            if at[0] != 0x2C:
                return at + 1 if at[0] == 0x5D else NULL
            at = _blank(at + 1)

    cdef Pos _signal(self, Scan out, Pos at) except? NULL:
        cdef Piece said[MOST_KEYS]
        cdef uint64_t seen = 0
        cdef int32_t many = 0
        cdef int32_t known
        cdef Node* here = self.signal_node
        cdef Row* row = here.rows
        cdef Key* found
        cdef Pos last = out.last
        cdef Pos value
        if at[0] != 0x7B:
            return NULL
        at = _blank(at + 1)
        if at[0] != 0x7D:
            while True:
                row = _row(here, row, at, last)
                if row == NULL:
                    return NULL
                value = _behind(row, at)
                found = row.key
                row += row.step
                at = _value(value, last, 0)
                if at == NULL:
                    return NULL
                if found != NULL:
                    if (seen >> found.field) & 1:
                        return NULL
                    seen |= <uint64_t>1 << found.field
                    said[many].start = value
                    said[many].length = at - value
                    said[many].mark = found.field
                    many += 1
                at = _blank(at)
                if at[0] != 0x2C:
                    break
                at = _blank(at + 1)
            if at[0] != 0x7D:
                return NULL
        if not out.sorting:
            return at + 1
        known = self._number_of(self.signals, said, many, IS_SIGNALS)
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
        self, Table table, const Piece* pieces, int32_t many, int kind
    ) except? -1:
        """What was learnt of these bytes; -1 where nothing can be."""
        cdef uint64_t length
        cdef uint64_t hashed = table.hash(pieces, many, &length)
        cdef int32_t known
        if length > LONGEST and kind != IS_TEXT:
            return -1
        known = table.get(pieces, many, length, hashed)
        if known >= 0:
            return known
        return self._learnt(table, pieces, many, length, hashed, kind)

    cdef int32_t _learnt(
        self,
        Table table,
        const Piece* pieces,
        int32_t many,
        uint32_t length,
        uint64_t hashed,
        int kind,
    ) except? -1:
        cdef int32_t known
        if kind == IS_SIGNALS:
            known = self.learn.signal(_raws(pieces, many, self.signal_keys_count))
        elif kind == IS_HEAD:
            known = self.learn.head(_raws(pieces, many, self.heads_count))
        else:
            known = self.learn.text(_raws(pieces, many, 1)[0])
        # Others may have learnt it meanwhile; then it stands there twice, which does no harm.
        if known >= 0 and length <= LONGEST and not table.put(pieces, many, length, hashed, known):
            self._forget()
            return -1
        return known

    cdef object _sort(self, Pos base, Scan out, Member* members):
        """What all items like this one share; None where this can't be told."""
        cdef Piece said[MOST_KEYS]
        cdef Piece whole
        cdef Member* member
        cdef int32_t n, known
        cdef int32_t many = 0
        cdef int32_t numbers[4 + MOST_SIGNALS]
        cdef Table sorts = out.learnt
        cdef uint64_t hashed, length
        for n in range(self.heads_count):
            member = members + self.heads_fields[n]
            if member.start >= 0:
                said[many].start = base + member.value
                said[many].length = member.end - member.value
                said[many].mark = n
                many += 1
        numbers[0] = self._number_of(self.heads, said, many, IS_HEAD)
        if numbers[0] < 0:
            return None
        numbers[1] = self._said(base, &members[self.title])
        numbers[2] = self._said(base, &members[self.reason])
        numbers[3] = out.many_signals
        if numbers[1] < 0 or numbers[2] < 0:
            return None
        for n in range(out.many_signals):
            numbers[4 + n] = out.signals[n]
        whole.mark = 0
        whole.start = <Pos>numbers
        whole.length = (4 + max(out.many_signals, 0)) * sizeof(int32_t)
        hashed = sorts.hash(&whole, 1, &length)
        known = sorts.get(&whole, 1, length, hashed)
        if known >= 0 and sorts is self.sorts:
            return self.found[known]
        listed = None
        if out.many_signals >= 0:
            listed = [out.signals[n] for n in range(out.many_signals)]
        sort = self.learn.sort(numbers[0], numbers[1], numbers[2], listed)
        if sort is None or sorts is not self.sorts:
            return None
        self.found.append(sort)
        if not sorts.put(&whole, 1, length, hashed, len(self.found) - 1):
            self._forget()
        return sort

    cdef int32_t _said(self, Pos base, Member* member) except? -1:
        """The number of what a text says; 0 where there is none."""
        if member.start < 0 or base[member.value] == 0x6E:
            return 0
        cdef Piece text
        text.mark = 0
        text.start = base + member.value
        text.length = member.end - member.value
        return self._number_of(self.texts, &text, 1, IS_TEXT)


cdef list _raws(const Piece* pieces, int32_t many, int32_t marks):
    """The bytes of the piece of each mark, empty where there is none."""
    cdef list out = [b""] * marks
    cdef int32_t n
    for n in range(many):
        out[pieces[n].mark] = PyBytes_FromStringAndSize(
            <const char*>pieces[n].start, pieces[n].length
        )
    return out


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
