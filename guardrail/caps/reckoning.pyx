# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What `reserve.lua` would answer to a batch, and what it would write, from a value read before.

`reckoned.lua` holds it against what the key has then: where that is still the same value, the new
one takes its place, and nothing is reckoned in Redis. The form is that of `state.lua`, the meaning
that of `reserve.lua`: a property test holds both to give the same bytes.

All here is done at one moment, a little before the one at which Redis will decide. What is granted
then is granted later: what counts against a cap only becomes less. Where a cap objects, that
holds until something of what it counts is over.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

cdef enum:
    VERSION = 3
    HEAD = 26
    TAG_AT = 6
    TAG = 8
    SINGLE = 9
    MOST_MOMENTS = 4096
    MOST_ENTRIES = 4000
    MOST_RETENTIONS = 15
    MOST_COUNTERS = 4096  # halves: a customer near the bounds is left to the script
    MOST_HELD = 16384
    MOST_SPECS = 64
    LONGEST = 60000  # ms for which a reckoning holds at most: so long, what is over may stay

cdef int64_t NEVER = 281474976710655
cdef uint64_t HASH = 0x9E3779B97F4A7C15
cdef int64_t BROKEN = -(<int64_t>1 << 62)

include "value.pxi"
include "weighing.pxi"
include "counters.pxi"
include "writing.pxi"


@cython.final
cdef class Reckoned:
    """What comes of one batch, if the key still has the value that it was reckoned from.

    ``said``: JSON [now, batch, from, before, next, least, last, longest, life]: given moment (-1:
    the server's), the moments (ms) within which it holds, and what `reckoned.lua` needs to finish
    the value. ``tag``: that of the value read, empty for none. ``parts``: the new value less
    what is left open, none where nothing changes. ``many``: caps that object, ask by ask.
    """

    cdef readonly bytes said
    cdef readonly bytes tag
    cdef readonly tuple parts
    cdef Objection* objections
    cdef readonly int32_t many

    def __dealloc__(self):
        free(self.objections)

    def answer(self, int64_t now):
        """The script's answer at that moment: [now, ask, granted, cap, retry, ...]."""
        cdef list out = [now]
        cdef int32_t k = 0, ask, bound
        cdef int64_t wait, longest, all
        cdef Objection* one
        cdef bint refused
        while k < self.many:
            ask, refused = self.objections[k].ask, self.objections[k].refused
            bound, longest, all = 0, -1, 0
            while k < self.many and self.objections[k].ask == ask:
                one = &self.objections[k]
                wait = NEVER if one.until == NEVER else max(one.until - now, one.after)
                wait = max(wait, 0)
                all = max(all, wait)
                if one.enforced == refused and wait > longest:
                    bound, longest = one.place, wait
                k += 1
            out += (ask, 0 if refused else 1, bound)
            out.append(-1 if all == NEVER else max(1, (all + 999) // 1000))
        return out


def reckon(
    bytes packed not None,
    bytes asks not None,
    groups,
    specs,
    bytes codes not None,
    int64_t now_ms,
    int64_t at_ms,
    int batch,
):
    """What comes of a batch, or None where only the script can tell.

    ``packed``: the value that was read, empty where there was none. ``asks``, ``groups``, ``specs``
    and ``codes``: as the script is given them. ``now_ms``: the moment that was given, -1 for the
    server's own. ``at_ms``: the moment to reckon at, not after the one at which Redis will decide.

    None where the value is of another version or not ours in form; where two counters have the
    same code, or a counter is held twice; where a counter must be kept for longer than its record
    is; where entries are not in the order of time and a cap objects; where there is no room for a
    moment, a retention or an entry; and where the customer has so many counters or impressions
    that the script has to look for room.
    """
    cdef Reckoning work = Reckoning.__new__(Reckoning)
    if not work.begun(packed, list(groups), list(specs), codes):
        return None
    if at_ms >= work.value.next and not work.prune(at_ms):
        return None
    cdef int64_t[2] within
    within[0], within[1] = at_ms, at_ms + LONGEST
    if not (work.look(codes) and work.weigh(at_ms, within)):
        return None
    if work.tight and not work.judge(asks, at_ms, within):
        return None
    cdef Reckoned out = Reckoned.__new__(Reckoned)
    cdef int64_t[4] ends
    out.parts = written_anew(work, ends)
    if out.parts is None or within[0] >= within[1]:
        return None
    out.tag = packed[TAG_AT : TAG_AT + TAG]
    out.said = b"[%d,%d,%d,%d,%d,%d,%d,%d,%d]" % (
        now_ms, batch, within[0], within[1],
        work.value.next, ends[0], work.value.last, ends[1], ends[2],
    )
    out.objections, work.objections = work.objections, NULL
    out.many = work.objections_count
    return out
