"""Bytes become items. The bytes stay with them: what is shown later is cut from these."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

import msgspec
from msgspec.structs import replace

from guardrail.extract.brief import Briefs, Needs, Way, read_briefly, way_of
from guardrail.extract.facts import NO_ID
from guardrail.extract.fields import item_from_bytes
from guardrail.extract.locate import ListSpan, WrongShape, leaves, locate, locate_in_json
from guardrail.extract.paths import Steps, are_plain
from guardrail.extract.scan import Scanned, lists_of, scanner_for
from guardrail.extract.shape import Shape, shape_of
from guardrail.extract.sort import Alike
from guardrail.extract.spans import Span
from guardrail.extract.strict import Strict, in_lower_case
from guardrail.extract.strict import are_plain as items_are_plain
from guardrail.model import Item
from guardrail.ruleset import Surface

if TYPE_CHECKING:
    from guardrail.extract import scanner as compiled

MAX_ITEMS = 2000

_T = TypeVar("_T")

BOM = b"\xef\xbb\xbf"
SPACE = b" \t\n\r"
_BARE = frozenset(b'"-0123456789')
_ESCAPE = re.compile(
    rb"(?s:\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.))"
)


class NotReadable(ValueError):  # noqa: N818
    """A body in which no items can be read.

    ``why`` is one of ``empty``, ``charset`` (no UTF-8), ``json``, ``shape`` (no list where the
    surface says), ``too_deep`` (for the parser: about a thousand levels less the call stack)
    and ``too_many_items``. It never holds anything of the body.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Read(msgspec.Struct, frozen=True, gc=False):
    """One element of a list, read.

    ``problems``: what was wrong in it; what could not be read is *unknown* in the item.
    ``readable`` False: the element is no JSON object, and the item says nothing at all.
    """

    item: Item
    problems: tuple[str, ...] = ()
    readable: bool = True


class Extracted:
    """A body and the items in it.

    ``body``: the bytes without a byte order mark. ``source``: the same length, what was really
    parsed (half of a surrogate pair is replaced there). ``scan``: what one pass over the body
    found, None where it had to be read in another way. ``briefs``: the items as far as rules need
    them, None where they had to be read carefully. ``once``: keys (quoted, as bytes) known to
    stand once in each item that has them, in plain spelling, and nowhere else in the body.
    """

    def __init__(
        self,
        body: bytes,
        source: bytes,
        shape: Shape,
        items: Sequence[Read] | None = None,
        *,
        briefs: Briefs | Scanned | None = None,
        once: frozenset[bytes] = frozenset(),
        lists: list[ListSpan] | None = None,
    ) -> None:
        self.body = body
        self.source = source
        self.shape = shape
        self.scan = briefs.scan if isinstance(briefs, Scanned) else None
        self.once = once
        self.briefs = briefs
        if lists is not None:
            self.__dict__["lists"] = lists
        self._items = items

    @property
    def items(self) -> Sequence[Read]:
        """The items in the order of the bytes, over all lists.

        Where there are ``briefs``, each is read carefully when it is asked for.
        """
        # Not kept: with a cycle only the garbage collector would let go of the body.
        return _Later(self) if self._items is None else self._items

    @cached_property
    def lists(self) -> list[ListSpan]:
        """Every list of items: its span, and the span of each element, in order."""
        if self.scan is not None:
            return lists_of(self.scan)
        try:
            return locate(self.source, self.shape.steps)
        except RecursionError:
            return locate_in_json(self.source, self.shape.steps)


class _Later(Sequence[Read]):
    """The items of a body that was read briefly, each read carefully when it is asked for."""

    def __init__(self, extracted: Extracted) -> None:
        self._extracted = extracted
        self._known: dict[int, Read] = {}

    def __len__(self) -> int:
        return len(self._extracted.briefs or ())

    @overload
    def __getitem__(self, index: int) -> Read: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Read]: ...
    def __getitem__(self, index: int | slice) -> Read | Sequence[Read]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        read = self._known.get(index)
        if read is None:
            scan = self._extracted.scan
            start, end = self._spans[index] if scan is None else scan.span(index)
            raw = self._extracted.source[start:end]
            read = self._known[index] = read_bytes(raw, self._extracted.shape)
        return read

    @cached_property
    def _spans(self) -> list[Span]:
        return [span for one in self._extracted.lists for span in one.elements]


class Reader(NamedTuple):
    """How the bodies of a surface are read. ``scanner``: in one pass; ``way``: in brief; each
    None where that can't be. ``counted``: fields that rules count by. ``subjects``: those of which
    a sort tells whether an item is about them, with sources and parties, so that it holds for
    customers who refuse some of that too; None where a sort tells only what rules ask.
    """

    surface: Surface
    shape: Shape
    way: Way | None
    scanner: compiled.Scanner | None = None
    counted: tuple[str, ...] = ()
    subjects: frozenset[str] | None = None


def reader_for(
    surface: Surface,
    needs: Needs,
    alike: Alike | None = None,
    hidden: Sequence[tuple[str, ...]] = (),
    subjects: frozenset[str] | None = None,
) -> Reader:
    """The reader of a surface's bodies for rules that read no more than ``needs``.

    ``alike``: what these rules can't tell apart. ``hidden``: paths of what is cut out of items.
    ``subjects``: see `Reader`; ``alike`` tells them apart.
    """
    shape = shape_of(surface)
    cut = not surface.keep_signals and shape.signals_key is not None
    scanner = None
    if alike is not None:
        scanner = scanner_for(shape, needs, alike, hidden=hidden, neutral=surface.neutral_reason)
    way = way_of(shape, needs, cut=cut)
    return Reader(surface, shape, way, scanner, needs.counted, subjects)


def extract(
    body: bytes, surface: Surface, *, max_items: int = MAX_ITEMS, reader: Reader | None = None
) -> Extracted:
    """Find and read every item of a response body.

    ``reader``: the surface's own; with it items are read briefly where that can be.
    Raises NotReadable, and nothing else on any bytes.
    """
    plain = _text(body)
    if reader is None or reader.surface is not surface:
        shape = shape_of(surface)
    else:
        shape = reader.shape
        scan = None if reader.scanner is None else reader.scanner.scan(plain)
        if scan is not None:
            _limit(len(scan), max_items)
            exact = partial(_in_brief, plain, shape, reader.way)
            scanned = Scanned(scan, reader.counted, exact, reader.subjects)
            return Extracted(plain, plain, shape, briefs=scanned)
        briefs = _in_brief(plain, shape, reader.way)
        if briefs is not None:
            _limit(len(briefs), max_items)
            return Extracted(plain, plain, shape, briefs=briefs)
    return _attempt(plain, lambda source: _extract(plain, source, shape, max_items))


def _in_brief(plain: bytes, shape: Shape, way: Way | None) -> Briefs | None:
    return None if way is None else read_briefly(plain, shape, way)


def list_spans(body: bytes, steps: Steps) -> tuple[bytes, list[ListSpan]]:
    """The body without a byte order mark, and every list at the end of ``steps``.

    Raises NotReadable.
    """
    plain = _text(body)
    return plain, _attempt(plain, lambda source: locate(source, steps))


def _text(body: bytes) -> bytes:
    plain = body.removeprefix(BOM)
    # To strip a whole body is to copy it.
    if not plain[:1].strip(SPACE) and not plain.strip(SPACE):
        raise NotReadable("empty")
    if not plain.isascii():
        try:
            plain.decode()
        except UnicodeDecodeError:
            raise NotReadable("charset") from None
    return plain


def _attempt(plain: bytes, read: Callable[[bytes], _T]) -> _T:
    try:
        try:
            return read(plain)
        except msgspec.DecodeError:
            return read(whole_characters(plain))
    except WrongShape:
        raise NotReadable("shape") from None
    except RecursionError:
        raise NotReadable("too_deep") from None
    except msgspec.DecodeError:
        raise NotReadable("json") from None


def whole_characters(src: bytes) -> bytes:
    """The bytes with each escaped half of a surrogate pair replaced by U+FFFD, length kept.

    Browsers read such text (a title cut in the middle of an emoji), the parser does not.
    """
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], src)


def _extract(body: bytes, source: bytes, shape: Shape, max_items: int) -> Extracted:
    hidden = shape.may_hide_keys(source)
    lists = None
    if hidden or shape.once is None or any(source.count(key) != 1 for key in shape.once):
        lists = locate(source, shape.steps)
        _limit(_length(lists), max_items)
    items = None if hidden else _strict_items(source, shape)
    if items is not None and (lists is None or _length(lists) == len(items)):
        _limit(len(items), max_items)
        once = frozenset(key for key, _ in shape.watched)
        return Extracted(body, source, shape, tuple(map(Read, items)), once=once, lists=lists)
    if lists is None:
        lists = locate(source, shape.steps)
        _limit(_length(lists), max_items)
    reads = tuple(read for one in lists for read in _each(source, one, shape))
    return Extracted(body, source, shape, reads, lists=lists)


def _each(source: bytes, one: ListSpan, shape: Shape) -> Iterator[Read]:
    keys = one.keys or repeat(None)
    for (start, end), key in zip(one.elements, keys, strict=False):
        raw = source[start:end]
        yield read_bytes(raw, shape) if key is None else _named(read_bytes(raw, shape), key)


def _named(read: Read, key: str) -> Read:
    """An item under its id: the key is the id where the item does not say one itself."""
    if not read.readable:
        return Read(Item(id=key))
    if read.item.id is not None:
        return read
    problems = tuple(problem for problem in read.problems if problem != NO_ID)
    return Read(replace(read.item, id=key), problems)


def _length(lists: Sequence[ListSpan]) -> int:
    return sum(len(one.elements) for one in lists)


def _limit(count: int, max_items: int) -> None:
    if count > max_items:
        raise NotReadable("too_many_items")


def _strict_items(source: bytes, shape: Shape) -> Sequence[Item] | None:
    """All items at once, if nothing about them asks for a closer look."""
    steps = shape.steps
    if not are_plain(steps):
        return None
    for way in shape.strict:
        try:
            decoded = leaves(way.body(source), steps)
        except msgspec.ValidationError:
            continue
        items = _built(way, decoded)
        if items is None or any(
            source.count(key) != len(items) - [*map(value, items)].count(None)
            for key, value in shape.watched
        ):
            return None
        return _plain(items)
    return None


def _built(way: Strict, decoded: Sequence[Any]) -> Sequence[Item] | None:
    if way.build is None:
        return decoded
    items = [item for item in way.build(decoded) if item is not None]
    return items if len(items) == len(decoded) else None


def _plain(items: Sequence[Item]) -> Sequence[Item] | None:
    if items_are_plain(items):
        return items
    items = [in_lower_case(item) for item in items]
    return items if items_are_plain(items) else None


def read_bytes(raw: bytes, shape: Shape) -> Read:
    """Read one element from its own bytes, which are valid JSON."""
    if raw[0] != 0x7B:
        if shape.ids and raw[0] in _BARE:
            return _bare(raw)
        return Read(Item(), ("not a JSON object",), readable=False)
    if not shape.may_hide_keys(raw):
        item = _strict_item(raw, shape.strict)
        if item is not None and all(
            raw.count(key) == (value(item) is not None) for key, value in shape.watched
        ):
            return Read(item)
    return Read(*item_from_bytes(raw, shape))


def _bare(raw: bytes) -> Read:
    """An id on its own; a number keeps the digits that it is written with."""
    ident = msgspec.json.decode(raw) if raw[0] == 0x22 else raw.decode()
    return Read(Item(id=ident or None), () if ident else (NO_ID,))


def _strict_item(raw: bytes, ways: Sequence[Strict]) -> Item | None:
    for way in ways:
        try:
            decoded = way.one(raw)
        except (msgspec.ValidationError, RecursionError):
            continue
        items = _built(way, [decoded])
        plain = items and _plain(items)
        return plain[0] if plain else None
    return None
