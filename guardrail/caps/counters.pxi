# The counters of one batch, found among the records of a value.

@cython.final
cdef class Reckoning:
    """One batch while it is reckoned. Each step says whether it could be done here."""

    cdef Value value
    cdef uint8_t* kept  # the records of a value that was pruned
    cdef Spec[MOST_SPECS] specs
    cdef Group* groups
    cdef int32_t groups_count
    cdef Counter* counters
    cdef int32_t many
    cdef const uint8_t* codes
    cdef int32_t* walked  # counters with records that may have several entries, as these stand
    cdef int32_t walked_count
    cdef int32_t records
    cdef int32_t entries
    cdef bint tight  # it is not sure that every ask is granted
    cdef Objection* objections
    cdef int32_t objections_count

    def __dealloc__(self):
        free(self.kept)
        free(self.groups)
        free(self.counters)
        free(self.walked)
        free(self.objections)

    cdef bint begun(self, bytes packed, list groups, list specs, bytes codes) except -1:
        """Take over what was read and what is asked."""
        cdef Py_ssize_t counted = 0, n
        cdef int64_t limit, window, cooldown, asked = 0
        if not opened(<const uint8_t*>PyBytes_AS_STRING(packed), PyBytes_GET_SIZE(packed), &self.value):
            return False
        self.many = PyBytes_GET_SIZE(codes) // 5
        self.codes = <const uint8_t*>PyBytes_AS_STRING(codes)
        if not 0 < self.many <= MOST_COUNTERS or len(specs) > MOST_SPECS:
            return False
        for n in range(len(specs)):
            limit, window, cooldown, enforced = specs[n]
            spec = &self.specs[n]
            spec.limit = NEVER if limit < 0 else limit
            spec.window = window * 1000
            spec.cooldown = cooldown * 1000
            spec.keep = max(spec.window, spec.cooldown)
            spec.room = min(spec.limit, 1) if cooldown > 0 else spec.limit
            spec.enforced = enforced
            spec.place = -1
        self.groups_count = len(groups)
        self.groups = <Group*>malloc((self.groups_count + 1) * sizeof(Group))
        self.counters = <Counter*>malloc(self.many * sizeof(Counter))
        self.walked = <int32_t*>malloc(self.many * sizeof(int32_t))
        if self.groups == NULL or self.counters == NULL or self.walked == NULL:
            raise MemoryError
        for n in range(self.groups_count):
            group = &self.groups[n]
            group.spec, group.times, group.size = groups[n]
            group.spec -= 1
            if not 0 <= group.spec < len(specs) or group.times < 1 or group.size < 0:
                return False
            counted += group.size
            asked += <int64_t>group.times * group.size
            if counted > self.many or asked > MOST_HELD:
                return False
        self.entries = asked
        return counted == self.many

    cdef bint prune(self, int64_t now) except -1:
        """Take out what is over."""
        if self.value.size:
            self.kept = <uint8_t*>malloc(self.value.size)
            if self.kept == NULL:
                raise MemoryError
        return pruned(&self.value, self.kept, now) and self.value.retentions < MOST_RETENTIONS

    cdef bint look(self, bytes codes) except -1:
        """Find the counters that are held."""
        cdef int32_t bits = 4, place, mask, k, g, n = 0
        cdef Py_ssize_t at = 0, stop
        cdef uint64_t key
        for g in range(self.groups_count):
            for k in range(self.groups[g].size):
                counter = &self.counters[n]
                counter.at = -1
                counter.entries = 0
                counter.spec = self.groups[g].spec
                counter.taken = self.groups[g].times
                counter.room = self.specs[counter.spec].room
                n += 1
        while 1 << bits < self.many * 3:
            bits += 1
        mask = (1 << bits) - 1
        cdef int32_t* index = <int32_t*>calloc(mask + 1, sizeof(int32_t))
        if index == NULL:
            raise MemoryError
        try:
            for k in range(self.many):
                key = number(self.codes + k * 5, 5)
                place = key * HASH >> (64 - bits)
                while index[place]:
                    if number(self.codes + (index[place] - 1) * 5, 5) == <int64_t>key:
                        return False
                    place = place + 1 & mask
                index[place] = k + 1
            while at < self.value.size:
                stop = record_end(&self.value, at)
                if stop < 0:
                    return False
                self.records += 1
                self.entries += (stop - at - 7) // 2
                key = number(self.value.records + at + 2, 5)
                place = key * HASH >> (64 - bits)
                while index[place]:
                    k = index[place] - 1
                    if number(self.codes + k * 5, 5) == <int64_t>key:
                        if self.counters[k].at >= 0:
                            return False
                        self.counters[k].at = at
                        self.counters[k].entries = (stop - at - 7) // 2
                        if at < self.value.many:
                            self.walked[self.walked_count] = k
                            self.walked_count += 1
                        break
                    place = place + 1 & mask
                at = stop
        finally:
            free(index)
        return self.records + self.many <= MOST_COUNTERS and self.entries <= MOST_HELD

    cdef bint weigh(self, int64_t now, int64_t* within) except -1:
        """What each cap permits, as far as that can matter, while every counter that is held is."""
        cdef int32_t k
        cdef int64_t keep, newest
        for k in range(self.many):
            counter = &self.counters[k]
            spec = &self.specs[counter.spec]
            if counter.at >= 0:
                keep = self.value.keeps[self.value.records[counter.at] >> 4]
                newest = entry_time(&self.value, counter.at + 5 + counter.entries * 2)
                if newest < 0 or keep < spec.keep:
                    return False
                within[1] = min(within[1], newest + keep)
                if spec.cooldown == 0 and at_most(&self.value, counter) + counter.taken <= spec.limit:
                    continue
                counter.room = left(&self.value, counter, spec, now)
                if counter.room == BROKEN:
                    return False
            if counter.taken > counter.room:
                self.tight = True
        return True

    cdef bint judge(self, bytes asks, int64_t now, int64_t* within) except -1:
        """Ask by ask: what is taken, and what objects."""
        cdef const uint8_t* text = <const uint8_t*>PyBytes_AS_STRING(asks)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(asks)
        cdef int32_t* numbers = <int32_t*>malloc((size + 1) * sizeof(int32_t))
        cdef int32_t n, k, begun = 0, ask = 0, first
        cdef bint refused, watched
        self.objections = <Objection*>malloc((size + 1) * sizeof(Objection))
        if numbers == NULL or self.objections == NULL:
            free(numbers)
            raise MemoryError
        try:
            n = read_asks(text, size, self.many, numbers)
            for k in range(self.many):
                self.counters[k].taken = 0
            while begun < n:
                ask += 1
                refused = watched = False
                first = self.objections_count
                k = begun
                while numbers[k]:
                    counter = &self.counters[numbers[k] - 1]
                    if counter.taken >= counter.room:
                        spec = &self.specs[counter.spec]
                        one = &self.objections[self.objections_count]
                        self.objections_count += 1
                        if not objected(&self.value, counter, spec, now, one, within):
                            return False
                        one.ask, one.place, one.enforced = ask, k - begun + 1, spec.enforced
                        refused = refused or spec.enforced
                        watched = watched or not spec.enforced
                    k += 1
                for first in range(first, self.objections_count):
                    self.objections[first].refused = refused
                for k in range(begun, k if not refused else begun):
                    counter = &self.counters[numbers[k] - 1]
                    if not watched or self.specs[counter.spec].enforced:
                        counter.taken += 1
                while numbers[begun]:
                    begun += 1
                begun += 1
        finally:
            free(numbers)
        return n >= 0
