"""What the items of a body are counted by, as it stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from guardrail.extract import scanner

Said = tuple[str | None, str | None, str | None]
"""The id, the campaign and the advertiser of an item; None for what no cap counts by."""
_NOBODY: Mapping[int, Said] = {}


class InBody(Sequence[Said]):
    """Of each item what it is counted by. Texts are made of it when somebody looks at one.

    ``body`` and ``spans``: where they stand (`Scan.spans_of`, asked for three fields). ``which``:
    the numbers of these items in the body. ``own``: by number, items that are counted by something
    else.
    """

    __slots__ = ("_fields", "_listed", "_scan", "body", "own", "spans", "which")

    def __init__(
        self,
        scan: scanner.Scan,
        fields: Sequence[str | None],
        spans: bytes,
        which: Sequence[int] | None = None,
        own: Mapping[int, Said] = _NOBODY,
    ) -> None:
        self._scan = scan
        self.body = scan.body
        self._fields = fields
        self.spans = spans
        self.which: Sequence[int] = range(len(scan)) if which is None else which
        self.own = own
        self._listed: list[Said] | None = None

    def chosen(self, which: Sequence[int], own: Mapping[int, Said]) -> InBody:
        """Some of all items of the body, of which some are counted by something else."""
        return InBody(self._scan, self._fields, self.spans, which, own)

    def __len__(self) -> int:
        return len(self.which)

    @overload
    def __getitem__(self, index: int) -> Said: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Said]: ...
    def __getitem__(self, index: int | slice) -> Said | Sequence[Said]:
        if isinstance(index, slice):
            return self.chosen(self.which[index], self.own)
        return self._all()[index]

    def __iter__(self) -> Iterator[Said]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]  # as of a list

    def _all(self) -> list[Said]:
        if self._listed is None:
            self._listed = self._texts()
        return self._listed

    def _texts(self) -> list[Said]:
        none: Sequence[str | None] = (None,) * len(self._scan)
        ids, campaigns, advertisers = [
            none if field is None else self._scan.texts(field) for field in self._fields
        ]
        found = [*zip(ids, campaigns, advertisers, strict=True)]
        for number, said in self.own.items():
            found[number] = said
        return [found[number] for number in self.which]
