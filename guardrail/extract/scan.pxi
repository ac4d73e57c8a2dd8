# What a scan has found: where items, lists and members stand.

cdef struct Key:
    Pos text
    uint32_t length
    int32_t field  # -1: an object with keys of its own
    int32_t node
    Key* other  # one more of the same place


cdef struct Row:
    # A key and where its value starts, as they stood in the object before.
    uint64_t texts[3]
    uint64_t masks[3]  # the bytes that count; all 0 and a text of 1: nothing is like it
    int32_t length  # from the quote of the key to the value
    int32_t step  # to the row of the key that came next
    Key* key


cdef struct Node:
    Key* places[PLACES]
    Row rows[ROWS + 3]  # the last three are like nothing


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


cdef inline bint _stands(const Row* row, Pos at) noexcept nogil:
    """Whether at ``at``, where `WIDE` bytes stand, there is the key of a row."""
    if (_eight(at) & row.masks[0]) != row.texts[0]:
        return False
    if row.length <= 8:
        return True
    return (
        (_eight(at + 8) & row.masks[1]) == row.texts[1]
        and (_eight(at + 16) & row.masks[2]) == row.texts[2]
    )


cdef inline Row* _row(Node* node, Row* row, Pos at, Pos last) noexcept nogil:
    """The key at ``at`` and its value's place, NULL where none is; ``row``: which is expected.

    What writes objects mostly writes their keys in the same order.
    """
    return row if at <= last and _stands(row, at) else _other_row(node, row, at, last)


cdef inline Pos _behind(const Row* row, Pos at) noexcept nogil:
    """The value of the member whose key is at ``at``; there may be more space than before."""
    at += row.length
    return at if at[0] > 0x20 else _blanks(at)


cdef Row* _other_row(Node* node, Row* row, Pos at, Pos last) noexcept nogil:
    cdef Pos end, value
    cdef int32_t n
    if at <= last:
        for n in range(1, 3):
            if _stands(row + n, at):
                return row + n
    else:
        row = &node.rows[ROWS]
    end = _key(at, last)
    if end == NULL:
        return NULL
    value = _colon(end)
    if value == NULL:
        return NULL
    row.key = _find(node, at + 1, end - at - 2)
    row.length = value - at
    if row.step:
        _forget_row(row)
        if row.length <= WIDE:
            memset(row.masks, 0xFF, row.length)
            for n in range(3):
                row.texts[n] = _eight(at + 8 * n) & row.masks[n]
    return row


cdef inline void _forget_row(Row* row) noexcept nogil:
    memset(row.masks, 0, sizeof(row.masks))
    row.texts[0] = 1


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
    cdef Pos last  # up to there `WIDE` bytes of the body stand
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

    def spans_of(self, fields):
        """Where the values of these fields (None: of no field) stand in each item, item by item:
        an int32 for the start and one for the end of each, without its quotes; -1 for no field.
        None where an item lacks one, or says an empty text as the first.
        """
        cdef int32_t numbers[MOST_KEYS]
        cdef int32_t many = 0, k
        cdef const char* text = PyBytes_AS_STRING(self.body)
        cdef Member* one
        cdef Py_ssize_t n
        cdef bytes out
        cdef int32_t* to
        if len(fields) > MOST_KEYS:
            raise ValueError(f"more than {MOST_KEYS} fields can't be asked for at once")
        for field in fields:
            numbers[many] = -1 if field is None else self.scanner.numbers[field]
            many += 1
        out = PyBytes_FromStringAndSize(NULL, self.count * many * 2 * sizeof(int32_t))
        to = <int32_t*>PyBytes_AS_STRING(out)
        for n in range(self.count):
            for k in range(many):
                if numbers[k] < 0:
                    to[0] = to[1] = -1
                else:
                    one = self.of(n, numbers[k])
                    if one.start < 0 or text[one.value] == 0x6E:
                        return None
                    to[0], to[1] = one.value, one.end
                    if text[one.value] == 0x22:
                        to[0] += 1
                        to[1] -= 1
                    if k == 0 and to[0] == to[1]:
                        return None
                to += 2
        return out

    def says(self, str field):
        """Whether any item has this field, and not as null."""
        cdef int32_t number = self.scanner.numbers[field]
        cdef const char* text = PyBytes_AS_STRING(self.body)
        cdef Member* one
        cdef Py_ssize_t n
        for n in range(self.count):
            one = self.of(n, number)
            if one.start >= 0 and text[one.value] != 0x6E:
                return True
        return False

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
