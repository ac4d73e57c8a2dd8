# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""What the ledger in memory does with each counter of a batch; see `asked.py` and `held.py`."""

from cython cimport boundscheck
from cpython.dict cimport PyDict_GetItem, PyDict_SetItem
from cpython.list cimport PyList_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.ref cimport PyObject
from cpython.tuple cimport PyTuple_GET_SIZE

cdef enum:
    BATCH_BITS = 16
    MOST_IMPRESSIONS = 4000


cdef struct Counter:
    PyObject* kind  # of its first cap, which `caps` holds
    int times


def counted(caps, values, terms_of):
    """({counter: how many asks name it}, what its kind of cap asks); None where one has several.

    ``caps`` and ``values`` as of `guardrail.caps.batch.Batch`. ``terms_of`` says what a kind of cap
    asks; what it raises is raised.
    """
    cdef dict need = {}
    cdef list kinds = []
    cdef list known_terms = []
    cdef list terms = []
    cdef str name
    cdef Py_ssize_t where, k, many = 0, room = 256
    cdef PyObject* known
    cdef Counter* wider
    cdef Counter* counters = <Counter*>PyMem_Malloc(room * sizeof(Counter))
    if counters == NULL:
        raise MemoryError
    try:
        for each, said in zip(caps, values, strict=True):
            for cap in each:
                name, where, kind = cap
                name = _counter(name, where, said)
                known = PyDict_GetItem(need, name)
                if known != NULL:
                    k = <object>known
                    if counters[k].kind != <PyObject*>kind and <object>counters[k].kind != kind:
                        return None
                    counters[k].times += 1
                    continue
                if many == room:
                    room *= 2
                    wider = <Counter*>PyMem_Realloc(counters, room * sizeof(Counter))
                    if wider == NULL:
                        raise MemoryError
                    counters = wider
                # Equal kinds are mostly the very same.
                for k in range(PyList_GET_SIZE(kinds)):
                    if kinds[k] is kind:
                        break
                else:
                    k = PyList_GET_SIZE(kinds)
                    kinds.append(kind)
                    known_terms.append(terms_of(kind))
                terms.append(known_terms[k])
                PyDict_SetItem(need, name, many)
                counters[many].kind = <PyObject*>kind
                counters[many].times = 1
                many += 1
        k = 0
        for counter in need:
            PyDict_SetItem(need, counter, counters[k].times)
            k += 1
        return need, terms
    finally:
        PyMem_Free(counters)


cdef str _counter(str name, Py_ssize_t where, said):
    """A counter, followed by the value of its item that stands there; 0 = by none."""
    cdef str value
    if not where:
        return name
    with boundscheck(True):
        value = said[where - 1]
    return name if value is None else name + value


def named(caps, values):
    """The counter of each cap, one after the other, and the kind of each.

    ``caps`` and ``values`` as of `guardrail.caps.batch.Batch`.
    """
    cdef list names = []
    cdef list kinds = []
    cdef str name
    cdef Py_ssize_t where
    for each, said in zip(caps, values, strict=True):
        for cap in each:
            name, where, kind = cap
            names.append(_counter(name, where, said))
            kinds.append(kind)
    return names, kinds


def unsure(dict held, dict need, list terms):
    """The counters that would have more impressions than is sure to be permitted.

    ``held``: records by the hash of their counter; see `guardrail.caps.held`.
    """
    cdef list out = []
    cdef Py_ssize_t k = 0
    cdef long long wanted
    cdef PyObject* record
    for name, times in need.items():
        wanted = times
        record = PyDict_GetItem(held, hash(name))
        if record != NULL:
            wanted += PyTuple_GET_SIZE(<object>record) - 1
        if wanted > <long long>terms[k].sure:
            out.append(name)
        k += 1
    return out


def grown(dict held, dict need, list terms, list times, *, long long stamp, long long since, begun, other):
    """The records that change, by the hash of their counter, as `guardrail.caps.held` makes them.

    ``begun`` gives a new one, ``other`` one that does not only grow at its end.
    """
    cdef dict found = {}
    cdef dict fresh = {}
    cdef dict stamps = {}
    cdef Py_ssize_t k = 0
    cdef long long n, keep
    cdef PyObject* known
    cdef tuple record
    for name in need:
        n, keep = times[k], <long long>terms[k].keep << BATCH_BITS
        k += 1
        name = hash(name)
        known = PyDict_GetItem(held, name)
        if known == NULL:
            if not n or not keep:
                continue
            new = fresh.get((keep, n))
            if new is None:
                new = fresh[keep, n] = begun(keep, stamp, n)
        else:
            record = <tuple>known
            if not n and <long long>record[0] >= keep:
                continue
            if (
                n
                and PyTuple_GET_SIZE(record) + n <= MOST_IMPRESSIONS
                and <long long>record[0] >= keep
                and <long long>record[1] >= since - <long long>record[0]
                and <long long>record[PyTuple_GET_SIZE(record) - 1] <= stamp
            ):
                more = stamps.get(n)
                if more is None:
                    more = stamps[n] = (stamp,) * n
                new = record + more
            else:
                new = other(record, keep, stamp, n, since)
                if new is record:
                    continue
        found[name] = new
    return found
