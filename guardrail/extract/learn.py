"""What a scanner asks about bytes that it sees for the first time."""

from __future__ import annotations

import itertools
import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from guardrail.extract.fields import item_from_bytes
from guardrail.extract.shape import Shape
from guardrail.extract.sort import Alike, Sort
from guardrail.model import Item, Signal

_ABSENT, _SAYS_NOTHING = 0, 1


class Learn:
    """Reads what was never seen before, carefully, and gives all that are alike one number.

    Numbers are given once and for all, so that one that was forgotten stands for nothing.
    ``head`` and ``signal``: the names of the fields whose bytes are compared, in their order.
    """

    def __init__(
        self,
        shape: Shape,
        alike: Alike,
        *,
        head: Sequence[str],
        signal: Sequence[str],
        neutral: str | None,
    ) -> None:
        self._shape = shape
        self._alike = alike
        self._head = [shape.path(name) for name in head]
        self._signal = tuple(signal)
        self._neutral = neutral
        self._next = itertools.count(_SAYS_NOTHING + 1)
        self.forget()

    def forget(self) -> None:
        """Begin anew, lest more and more is remembered."""
        self._numbers: dict[Any, int] = {}
        self._texts: dict[int, tuple[Any, bool]] = {
            _ABSENT: (None, False),
            _SAYS_NOTHING: (None, False),
        }
        self._heads: dict[int, Item] = {}
        self._signals: dict[int, Signal] = {}
        self._sorts: dict[Hashable, Sort] = {}

    def text(self, raw: bytes) -> int:
        """The number of what a text says."""
        text: str = json.loads(raw)
        said = self._alike.said(text)
        neutral = text == self._neutral
        if said is None and not neutral:
            return _SAYS_NOTHING
        return self._number(("text", id(said), neutral), (said, neutral), self._texts)

    def head(self, raws: Sequence[bytes]) -> int:
        """The number of an item's own facts; ``raws``: the bytes of each, empty = absent."""
        given = zip(self._head, raws, strict=True)
        item, _ = item_from_bytes(_object((p, raw) for p, raw in given if raw), self._shape)
        alike = self._alike.item(replace(item, id=None, title=None, reason=None))
        return self._number(("head", alike), alike, self._heads)

    def signal(self, raws: Sequence[bytes]) -> int:
        """The number of a signal."""
        given = ((name,) for name in self._signal)
        said = _object((p, raw) for p, raw in zip(given, raws, strict=True) if raw)
        path = self._shape.path("signals")
        item, _ = item_from_bytes(_object([(path, b"[%b]" % said)]), self._shape)
        (signal,) = item.signals or (Signal(),)
        alike = self._alike.signal(signal)
        return self._number(("signal", alike), alike, self._signals)

    def sort(
        self, head: int, title: int, reason: int, signals: Sequence[int] | None
    ) -> Sort | None:
        """The sort of items with those numbers; None where one was forgotten meanwhile."""
        try:
            item = self._heads[head]
            said = None if signals is None else tuple([self._signals[one] for one in signals])
            said_by_title, _ = self._texts[title]
            said_by_reason, neutral = self._texts[reason]
        except KeyError:
            return None
        alike = (head, title, reason, None if said is None else self._alike.together(said))
        known = self._sorts.get(alike)
        if known is None:
            known = self._sorts[alike] = Sort(
                item=replace(item, signals=said),
                title=said_by_title,
                reason=said_by_reason,
                titled=title != _ABSENT,
                reasoned=reason != _ABSENT,
                neutral=neutral,
            )
        return known

    def _number(self, key: Any, value: Any, known: dict[int, Any]) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = next(self._next)
            known[number] = value
        return number


def _object(members: Any) -> bytes:
    """The bytes of an object with those values at those paths."""
    tree: dict[str, Any] = {}
    for path, raw in members:
        node = tree
        for key in path[:-1]:
            node = node.setdefault(key, {})
        node[path[-1]] = raw
    return _written(tree)


def _written(node: Mapping[str, Any] | bytes) -> bytes:
    if isinstance(node, bytes):
        return node
    return b"{%b}" % b",".join(
        b"%b:%b" % (json.dumps(key).encode(), _written(under)) for key, under in node.items()
    )
