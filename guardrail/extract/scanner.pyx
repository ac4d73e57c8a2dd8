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

    PLACES = 64  # of the keys of one object; a power of two

    IS_ID = 1
    IS_TEXT = 2
    IS_SIGNALS = 4
    IS_HEAD = 8
    IS_HIDDEN = 16

cdef char _PLAIN[256]
cdef char _HEX[256]


cdef void _prepare() noexcept:
    cdef int c
    for c in range(256):
        _PLAIN[c] = c >= 0x20 and c != 0x22 and c != 0x5C
        _HEX[c] = -1
    for c in range(10):
        _HEX[0x30 + c] = c
    for c in range(6):
        _HEX[0x41 + c] = _HEX[0x61 + c] = 10 + c


_prepare()


# -- JSON, to the letter; NULL = something else


cdef inline Pos _blank(Pos at) noexcept nogil:
    while at[0] == 0x20 or at[0] == 0x0A or at[0] == 0x0D or at[0] == 0x09:
        at += 1
    return at


cdef inline int _four(Pos at) noexcept nogil:
    """The number of four hexadecimal digits, -1 where these are none."""
    cdef int out = 0, n
    for n in range(4):
        if _HEX[at[n]] < 0:
            return -1
        out = out * 16 + _HEX[at[n]]
    return out


cdef Pos _escape(Pos at) noexcept nogil:
    """Behind the escape whose backslash stands at ``at``; half of a pair is none."""
    cdef unsigned char c = at[1]
    cdef int code
    if c == 0x75:
        code = _four(at + 2)
        if code < 0 or 0xDC00 <= code < 0xE000:
            return NULL
        if code < 0xD800 or code >= 0xE000:
            return at + 6
        if at[6] != 0x5C or at[7] != 0x75:
            return NULL
        code = _four(at + 8)
        return at + 12 if 0xDC00 <= code < 0xE000 else NULL
    if (
        c == 0x22 or c == 0x5C or c == 0x2F or c == 0x62
        or c == 0x66 or c == 0x6E or c == 0x72 or c == 0x74
    ):
        return at + 2
    return NULL


cdef inline Pos _string(Pos at, Pos last) noexcept nogil:
    """Behind the string whose first quote stands at ``at``; up to ``last`` eight bytes stand."""
    cdef uint64_t eight, quote, slash
    at += 1
    while True:
        while at <= last:
            memcpy(&eight, at, 8)
            quote = eight ^ <uint64_t>0x2222222222222222
            slash = eight ^ <uint64_t>0x5C5C5C5C5C5C5C5C
            # The top bit of each byte that may be a quote, a backslash or below a space.
            if (
                ((quote - <uint64_t>0x0101010101010101) & ~quote)
                | ((slash - <uint64_t>0x0101010101010101) & ~slash)
                | ((eight - <uint64_t>0x2020202020202020) & ~eight)
            ) & <uint64_t>0x8080808080808080:
                break
            at += 8
        while _PLAIN[at[0]]:
            at += 1
        if at[0] == 0x22:
            return at + 1
        if at[0] != 0x5C:
            return NULL
        at = _escape(at)
        if at == NULL:
            return NULL


cdef inline Pos _key(Pos at) noexcept nogil:
    """The same for a key, which is written without escapes."""
    at += 1
    while _PLAIN[at[0]]:
        at += 1
    return at + 1 if at[0] == 0x22 else NULL


cdef inline Pos _digits(Pos at) noexcept nogil:
    cdef Pos begun = at
    while 0x30 <= at[0] <= 0x39:
        at += 1
    return at if at != begun else NULL


cdef Pos _number(Pos at) noexcept nogil:
    if at[0] == 0x2D:
        at += 1
    at = at + 1 if at[0] == 0x30 else _digits(at)
    if at == NULL:
        return NULL
    if at[0] == 0x2E:
        at = _digits(at + 1)
        if at == NULL:
            return NULL
    if at[0] == 0x65 or at[0] == 0x45:
        at += 1
        if at[0] == 0x2B or at[0] == 0x2D:
            at += 1
        at = _digits(at)
    return at


cdef inline Pos _word(Pos at) noexcept nogil:
    if at[0] == 0x6E:
        return at + 4 if at[1] == 0x75 and at[2] == 0x6C and at[3] == 0x6C else NULL
    if at[0] == 0x74:
        return at + 4 if at[1] == 0x72 and at[2] == 0x75 and at[3] == 0x65 else NULL
    if at[0] == 0x66:
        if at[1] == 0x61 and at[2] == 0x6C and at[3] == 0x73 and at[4] == 0x65:
            return at + 5
    return NULL


cdef Pos _value(Pos at, Pos last, int level) noexcept nogil:
    """Behind the value that starts at ``at``, ``level`` levels deep."""
    cdef unsigned char c = at[0]
    if c == 0x22:
        return _string(at, last)
    if c == 0x7B:
        return _object(at, last, level + 1)
    if c == 0x5B:
        return _array(at, last, level + 1)
    if c == 0x2D or 0x30 <= c <= 0x39:
        return _number(at)
    return _word(at)


cdef Pos _array(Pos at, Pos last, int level) noexcept nogil:
    if level > DEEPEST:
        return NULL
    at = _blank(at + 1)
    if at[0] == 0x5D:
        return at + 1
    while True:
        at = _value(at, last, level)
        if at == NULL:
            return NULL
        at = _blank(at)
        if at[0] == 0x5D:
            return at + 1
        if at[0] != 0x2C:
            return NULL
        at = _blank(at + 1)


cdef Pos _object(Pos at, Pos last, int level) noexcept nogil:
    if level > DEEPEST:
        return NULL
    at = _blank(at + 1)
    if at[0] == 0x7D:
        return at + 1
    while True:
        if at[0] != 0x22:
            return NULL
        # What stands under a key that nobody asks for may be called anything.
        at = _string(at, last)
        if at == NULL:
            return NULL
        at = _blank(at)
        if at[0] != 0x3A:
            return NULL
        at = _value(_blank(at + 1), last, level)
        if at == NULL:
            return NULL
        at = _blank(at)
        if at[0] == 0x7D:
            return at + 1
        if at[0] != 0x2C:
            return NULL
        at = _blank(at + 1)


# -- what was learnt


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


# -- bodies


cdef struct Key:
    Pos text
    uint32_t length
    int32_t field  # -1: an object with keys of its own
    int32_t node
    Key* other  # one more of the same place


cdef struct Node:
    Key* places[PLACES]


cdef inline uint32_t _place(Pos text, uint32_t length) noexcept nogil:
    return (length * 5 + text[0] + 3 * text[length // 2]) & (PLACES - 1)


cdef inline Key* _find(Node* node, Pos text, uint32_t length) noexcept nogil:
    """The key of those bytes in an object; NULL where nobody asks for it."""
    cdef Key* key = node.places[_place(text, length)]
    while key != NULL:
        if key.length == length and memcmp(key.text, text, length) == 0:
            return key
        key = key.other
    return NULL


cdef struct Member:
    int32_t start  # of the key; -1 = not there
    int32_t value
    int32_t end
    int32_t before  # where the member before it ends; -1 = it is the first
    int32_t after  # where the member behind it starts; -1 = it is the last
    int32_t inside  # where the object starts that holds it


cdef struct Listed:
    int32_t start
    int32_t end
    int32_t first
    int32_t count


@cython.final
cdef class Scan:
    """The items of one body, in the order of the bytes.

    ``sorts``: of each what the scanner's ``learn`` gave for it.
    """

    cdef readonly bytes body
    cdef readonly list sorts
    cdef Scanner scanner
    cdef Member* members
    cdef int32_t* spans
    cdef Listed* lists
    cdef Py_ssize_t count
    cdef Py_ssize_t room
    cdef Py_ssize_t listed
    cdef Py_ssize_t lists_room
    cdef int32_t signals[MOST_SIGNALS]
    cdef int32_t many_signals  # -1: the item says nothing of signals
    cdef uint64_t nodes  # inner objects that the item has
    cdef Pos last  # up to there eight bytes of the body stand
    cdef bint sorting
    cdef Table learnt  # the sorts when the scan began; numbers hold as long as these do

    def __dealloc__(self):
        free(self.members)
        free(self.spans)
        free(self.lists)

    def __len__(self):
        return self.count

    cdef bint grow(self) except False:
        cdef Py_ssize_t room = 64 if self.room == 0 else self.room * 4
        cdef void* members = realloc(
            self.members, room * self.scanner.fields_count * sizeof(Member)
        )
        if members == NULL:
            raise MemoryError
        self.members = <Member*>members
        cdef void* spans = realloc(self.spans, room * 2 * sizeof(int32_t))
        if spans == NULL:
            raise MemoryError
        self.spans = <int32_t*>spans
        self.room = room
        return True

    cdef bint begin_list(self, int32_t start) except False:
        cdef Py_ssize_t room
        cdef void* lists
        if self.listed == self.lists_room:
            room = 4 if self.lists_room == 0 else self.lists_room * 4
            lists = realloc(self.lists, room * sizeof(Listed))
            if lists == NULL:
                raise MemoryError
            self.lists = <Listed*>lists
            self.lists_room = room
        self.lists[self.listed].start = start
        self.lists[self.listed].first = self.count
        self.listed += 1
        return True

    cdef Member* of(self, Py_ssize_t index, int32_t field) noexcept:
        return self.members + index * self.scanner.fields_count + field

    cdef int known(self, index, str field) except -1:
        """The number of a field, once it is certain that item and field are there."""
        if not 0 <= index < self.count:
            raise IndexError(f"there are {self.count} items, and no item {index}")
        return self.scanner.numbers[field]

    def span(self, Py_ssize_t index):
        """Where an item starts and ends."""
        if not 0 <= index < self.count:
            raise IndexError(f"there are {self.count} items, and no item {index}")
        return self.spans[2 * index], self.spans[2 * index + 1]

    def member(self, Py_ssize_t index, str field):
        """Where the key, the value and the end of a known member stand; None where it is absent.

        Raises KeyError for a field that was not asked for.
        """
        cdef Member* one = self.of(index, self.known(index, field))
        return None if one.start < 0 else (one.start, one.value, one.end)

    def lists_of_spans(self):
        """Of each list where it starts and ends, and the spans of its elements."""
        cdef Py_ssize_t n, k
        cdef Listed one
        out = []
        for n in range(self.listed):
            one = self.lists[n]
            spans = [
                (self.spans[2 * k], self.spans[2 * k + 1])
                for k in range(one.first, one.first + one.count)
            ]
            out.append((one.start, one.end, spans))
        return out

    def raws(self, str field):
        """The bytes of a field's value in each item; None where it is absent or null."""
        cdef int32_t number = self.scanner.numbers[field]
        cdef const char* text = PyBytes_AS_STRING(self.body)
        cdef Member* one
        cdef Py_ssize_t n
        cdef list out = []
        for n in range(self.count):
            one = self.of(n, number)
            if one.start < 0 or text[one.value] == 0x6E:
                out.append(None)
            else:
                out.append(PyBytes_FromStringAndSize(text + one.value, one.end - one.value))
        return out

    def texts(self, str field):
        """A field that is text or a number in each item, as text; None where it says nothing."""
        cdef int32_t number = self.scanner.numbers[field]
        cdef const char* text = PyBytes_AS_STRING(self.body)
        cdef Member* one
        cdef Py_ssize_t n
        cdef int32_t at, end
        cdef list out = []
        for n in range(self.count):
            one = self.of(n, number)
            at, end = one.value, one.end
            if one.start < 0 or text[at] == 0x6E:
                out.append(None)
            elif text[at] != 0x22:
                out.append(PyUnicode_DecodeUTF8(text + at, end - at, NULL))
            elif _is_escaped(text, at, end):
                out.append(self.scanner.decode(PyBytes_FromStringAndSize(text + at, end - at)))
            else:
                out.append(PyUnicode_DecodeUTF8(text + at + 1, end - at - 2, NULL))
        return out

    def assembled(self, list actions):
        """The body with items gone or changed, and what is hidden cut out of the others.

        ``actions``: for each item None (it stays), False (it goes), bytes (they come in its place)
        or a tuple of fields that go, too. An item keeps the separator before it; the first that
        stays takes what stood before the first.
        """
        if len(actions) != self.count:
            raise ValueError(f"{len(actions)} actions for {self.count} items")
        cdef Py_ssize_t size = PyBytes_GET_SIZE(self.body)
        for one in actions:
            if isinstance(one, bytes):
                size += PyBytes_GET_SIZE(one)
        cdef unsigned char* out = <unsigned char*>malloc(size + 1)
        if out == NULL:
            raise MemoryError
        try:
            size = self.assemble(out, actions)
            return PyBytes_FromStringAndSize(<char*>out, size)
        finally:
            free(out)

    cdef Py_ssize_t assemble(self, unsigned char* out, list actions) except -1:
        cdef const unsigned char* src = <const unsigned char*>PyBytes_AS_STRING(self.body)
        cdef unsigned char* to = out
        cdef Py_ssize_t done = 0, n, k
        cdef Listed one
        cdef bint any_yet
        cdef int32_t start, end
        for n in range(self.listed):
            one = self.lists[n]
            any_yet = False
            for k in range(one.first, one.first + one.count):
                action = actions[k]
                start, end = self.spans[2 * k], self.spans[2 * k + 1]
                if action is False:
                    if not any_yet and k == one.first:
                        # What stands before the first comes before whichever is the first then.
                        to = _copied(to, src, done, start)
                        done = start
                    done = end
                    continue
                if not any_yet and k > one.first:
                    done = start
                any_yet = True
                to = _copied(to, src, done, start)
                done = end
                if action is None:
                    to = self.cut(to, src, k, 0)
                elif isinstance(action, bytes):
                    memcpy(to, PyBytes_AS_STRING(action), PyBytes_GET_SIZE(action))
                    to += PyBytes_GET_SIZE(action)
                else:
                    to = self.cut(to, src, k, self.scanner.mask_of(action))
            if one.count and not any_yet:
                # Of the space inside only what stood behind the last item stays.
                to -= self.spans[2 * one.first] - one.start - 1
        to = _copied(to, src, done, PyBytes_GET_SIZE(self.body))
        return to - out

    cdef unsigned char* cut(
        self, unsigned char* to, const unsigned char* src, Py_ssize_t index, uint64_t more
    ) noexcept:
        """Copy an item without what is hidden, and without the fields of a mask."""
        cdef Member* gone[MOST_KEYS]
        cdef Member* one
        cdef uint64_t mask = self.scanner.hidden | more
        cdef int32_t many = 0, n, k, field
        cdef int32_t done = self.spans[2 * index]
        cdef int32_t leading_end
        for field in range(self.scanner.fields_count):
            if not (mask >> field) & 1:
                continue
            one = self.of(index, field)
            if one.start < 0:
                continue
            k = many
            while k > 0 and gone[k - 1].start > one.start:
                gone[k] = gone[k - 1]
                k -= 1
            gone[k] = one
            many += 1
        for n in range(many):
            one = gone[n]
            if one.before >= 0 and not (n and _leads(gone, n)):
                to = _copied(to, src, done, one.before)
                done = one.end
            elif one.after >= 0:
                to = _copied(to, src, done, one.start)
                done = one.after
            else:
                # Nothing is left of this object: the space before its first member goes as well.
                if one.before >= 0:
                    to -= _first_of(gone, n) - one.inside - 1
                else:
                    to = _copied(to, src, done, one.inside + 1)
                done = one.end
        return _copied(to, src, done, self.spans[2 * index + 1])


cdef bint _leads(Member** gone, int32_t n) noexcept:
    """Whether all members before this one in its object go, too."""
    cdef Member* one = gone[n]
    while one.before >= 0:
        if n == 0:
            return False
        n -= 1
        if gone[n].inside != one.inside or gone[n].end != one.before:
            return False
        one = gone[n]
    return True


cdef int32_t _first_of(Member** gone, int32_t n) noexcept:
    """Where the first member of the object starts, all of which goes."""
    while gone[n].before >= 0:
        n -= 1
    return gone[n].start


cdef inline unsigned char* _copied(
    unsigned char* to, const unsigned char* src, Py_ssize_t start, Py_ssize_t end
) noexcept:
    if end <= start:
        return to
    memcpy(to, src + start, end - start)
    return to + (end - start)


cdef inline bint _is_escaped(const char* text, int32_t at, int32_t end) noexcept:
    while at < end:
        if text[at] == 0x5C:
            return True
        at += 1
    return False


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
