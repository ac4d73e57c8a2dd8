"""Bodies read by the compiled scanner, where there is one and the surface is of a usual shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from guardrail.extract.counted import InBody
from guardrail.extract.fields import item_from_object
from guardrail.extract.learn import Learn
from guardrail.extract.locate import ListSpan
from guardrail.extract.paths import are_plain
from guardrail.extract.shape import Shape, shape_of
from guardrail.extract.sort import Alike, Sort
from guardrail.extract.strict import tree_of
from guardrail.model import Item
from guardrail.ruleset import Surface

if TYPE_CHECKING:
    from guardrail.extract.brief import Briefs, Needs

try:
    from guardrail.extract import scanner as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

_TEXTS = ("title", "reason", "advertiser", "campaign", "creative")
_HIDDEN = "hidden "
_NATIVE = shape_of(Surface("native"))


def scanner_for(
    shape: Shape,
    needs: Needs,
    alike: Alike,
    *,
    hidden: Sequence[tuple[str, ...]] = (),
    neutral: str | None = None,
) -> compiled.Scanner | None:
    """The scanner of a surface's bodies; None where there is none for such bodies.

    ``hidden``: paths of what is cut out of every item. ``neutral``: the surface's neutral reason.
    """
    if compiled is None or not shape.strict or not are_plain(shape.steps):
        return None
    head = [name for name in needs.item if name != "signals"]
    wanted = dict.fromkeys(("id", "title", "reason", "signals", *head, *needs.counted))
    paths = {name: shape.path(name) for name in wanted}
    by_path = {path: name for name, path in paths.items()}
    for path in hidden:
        if len(path) > 1:
            return None
        by_path.setdefault(path, f"{_HIDDEN}{path[0]}")
    names = tuple(by_path.values())
    tree = tree_of({name: path for path, name in by_path.items()})
    if tree is None or len(by_path) < len(paths):
        return None
    cut = {by_path[path] for path in hidden}
    roles = [_role(name, head, cut) for name in names]
    numbers = {name: number for number, name in enumerate(names)}
    learn = Learn(
        shape,
        alike,
        # In the order of their numbers, for so the scanner gives their bytes.
        head=[name for name in names if name in head],
        signal=needs.signal,
        neutral=neutral,
    )
    try:
        return compiled.Scanner(
            shape.steps,
            _numbered(tree, numbers),
            names,
            roles,
            (numbers["title"], numbers["reason"]),
            needs.signal,
            learn,
            json.loads,
        )
    except ValueError:
        return None


def _role(name: str, head: Sequence[str], cut: set[str]) -> int:
    role = 0
    if name == "id":
        role |= compiled.ID
    if name in _TEXTS:
        role |= compiled.TEXT
    if name == "signals":
        role |= compiled.SIGNALS
    if name in head:
        role |= compiled.HEAD
    if name in cut:
        role |= compiled.HIDDEN
    return role


def _numbered(tree: Any, numbers: dict[str, int]) -> Any:
    if isinstance(tree, str):
        return numbers[tree]
    return {key: _numbered(under, numbers) for key, under in tree.items()}


class Scanned:
    """The items of a body that was scanned, as rules need them; see `Briefs`.

    What the rules say of an item's sort is in other words than of the item itself
    (`guardrail.extract.sort.Sort`), but it decides alike for customers who refuse nothing that it
    does not tell apart.
    """

    signals: Sequence[Any] | None = None

    def __init__(
        self,
        scan: compiled.Scan,
        counted: Sequence[str],
        exact: Callable[[], Briefs | None],
        subjects: frozenset[str] | None = None,
    ) -> None:
        """``counted``: the fields that rules count by. ``exact``: reads the same body in brief.
        ``subjects``: see `guardrail.extract.Reader`.
        """
        self.scan = scan
        self._subjects = subjects
        self._counted = counted
        self._exact = exact
        self._read: dict[str, Sequence[Any]] = {}

    def __len__(self) -> int:
        return len(self.scan)

    @property
    def sorts(self) -> Sequence[Sort]:
        """The sort of each item."""
        return self.scan.sorts

    def tells(self, refused: frozenset[str]) -> bool:
        """Whether items of one sort are alike to customers who refuse those subjects, and whatever
        else can be refused.
        """
        return self._subjects is not None and refused <= self._subjects

    def exact(self) -> Briefs | None:
        """The same items with all facts that rules ask for; None where that can't be."""
        return self._exact()

    def each_id(self) -> Iterator[str | None]:
        """The id of each item in turn, a number as text; looked for when the first is asked for."""
        return chain.from_iterable(map(self._column, ("id",)))

    @cached_property
    def titles(self) -> Sequence[str | None]:
        """The title of each item."""
        return self.scan.texts("title")

    @cached_property
    def reasons(self) -> Sequence[str | None]:
        """The reason of each item."""
        return self.scan.texts("reason")

    def copy(self, index: int) -> tuple[str | None, str | None]:
        """The title and the reason of an item."""
        return self.titles[index], self.reasons[index]

    def counted(self, index: int) -> Item:
        """What rules count an item by."""
        return Item(**{field: self._column(field)[index] for field in ("id", *self._counted)})

    def values(self) -> InBody | None:
        """Of each item the id, campaign and advertiser, where each has all that caps count by; else
        None. What no cap counts by is None.
        """
        counted = self._counted
        if (
            "advertisers" in counted
            and self.scan.says("advertisers")
            and any(self._column("advertisers"))
        ):
            return None
        campaign = "campaign" if "campaign" in counted else None
        fields = ("id", campaign, "advertiser" if "advertiser" in counted else None)
        spans = self.scan.spans_of(fields)
        return None if spans is None else InBody(self.scan, fields, spans)

    def _column(self, field: str) -> Sequence[Any]:
        column = self._read.get(field)
        if column is None:
            column = self._read[field] = self._read_column(field)
        return column

    def _read_column(self, field: str) -> Sequence[Any]:
        if field == "advertisers":
            raws = self.scan.raws(field)
            return [raw and _several(raw) for raw in raws] if any(raws) else raws
        texts = self.scan.texts(field)
        # An empty id is none.
        return [one or None for one in texts] if field == "id" and "" in texts else texts


def _several(raw: bytes) -> tuple[str, ...] | None:
    item, _ = item_from_object({"advertisers": json.loads(raw)}, _NATIVE)
    return item.advertisers


def lists_of(scan: compiled.Scan) -> list[ListSpan]:
    """Every list of items, as `guardrail.extract.locate` finds them."""
    return [ListSpan(start, end, spans) for start, end, spans in scan.lists_of_spans()]
