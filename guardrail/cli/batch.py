"""``guardrail score --batch``: letters in, one for each customer; what to send out."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import click
import msgspec

from guardrail.cli.bar import Bar, size_of
from guardrail.cli.ending import FINE, PROBLEMS, UNREACHABLE, nothing
from guardrail.cli.lines import LONGEST_LINE, Line, lines_of
from guardrail.cli.stopping import Stopping
from guardrail.cli.words import many

if TYPE_CHECKING:
    from guardrail.model import Decision
    from guardrail.service import Guard

LOOKS_LIKE = 'one line is {"customer": {"id": "c-1"}, "items": [{"id": "sku-1"}]}'


class LetterError(ValueError):
    """A line that is no letter; the text says what is wrong and what would be right."""


class Letter(NamedTuple):
    """What one customer would be sent, and who it is."""

    items: list[Any]
    customer: object


class _Given(msgspec.Struct):
    customer: Any
    items: list[Any]


class Tally:
    """What became of the lines."""

    def __init__(self) -> None:
        self.customers = self.last_line = 0
        self.bad = self.failed = self.nameless = self.unreached = 0
        self.stopped = False

    def add(self, line: int, decision: Decision) -> None:
        """Count one customer's decision."""
        from guardrail.service.deciding import UNCOUNTED
        from guardrail.service.stores import UNREAD

        self.customers += 1
        self.last_line = line
        self.failed += decision.outcome.startswith("failed")
        self.unreached += UNCOUNTED in decision.problems or UNREAD in decision.problems

    @property
    def exit_code(self) -> int:
        """The worst that happened."""
        if self.unreached or self.stopped:
            return UNREACHABLE
        return PROBLEMS if self.bad or self.failed else FINE

    def sentences(self, *, counting: bool) -> Iterator[str]:
        """What is to be said in the end, one line each."""
        yield f"{many(self.customers, 'customer')}, {many(self.bad, 'bad line')}"
        if self.stopped:
            yield f"stopped; what is printed is complete, go on behind line {self.last_line}"
        if self.failed:
            yield f"{many(self.failed, 'customer')} could not be judged; the log says where"
        if self.nameless:
            yield f"{many(self.nameless, 'customer')} without an id: no cap was kept for them"
        if self.unreached:
            yield (
                f"Redis was not reached for {many(self.unreached, 'customer')}; caps went by "
                "on_failure, and the lines say so under problems"
            )
        if not counting:
            yield "nothing was counted; what is to be sent is made with --count"


def score_batch(
    guard: Guard, stream: BinaryIO, surface: str, now_ms: int | None, *, counting: bool
) -> int:
    """Judge each line's customer and print what to send; gives the exit code."""
    tally = Tally()
    bar = Bar(size_of(stream), time.monotonic)
    with Stopping() as stopping:
        letters = _Letters(stream, tally, bar, stopping)
        run = guard.review_stream if counting else guard.score_stream
        with closing(run(letters, surface=surface, now_ms=now_ms)) as decisions:  # type: ignore[type-var]
            try:
                for decision in decisions:
                    line = letters.numbers.popleft()
                    _print({"line": line, **decision.to_dict(), "kept": decision.kept})
                    tally.add(line, decision)
            except KeyboardInterrupt:
                tally.stopped = True
            finally:
                bar.clear()
    if not (tally.customers or tally.bad or tally.stopped):
        raise nothing(f"the input is empty; {LOOKS_LIKE}")
    for sentence in tally.sentences(counting=counting):
        click.echo(f"guardrail: {sentence}", err=True)
    return tally.exit_code


class _Letters:
    """The letters of a stream, read one by one; lines that are none are told and passed over.

    ``numbers``: the lines of those that are read and not yet printed.
    """

    def __init__(self, stream: BinaryIO, tally: Tally, bar: Bar, stopping: Stopping) -> None:
        self._stream = stream
        self._lines = lines_of(stream)
        self._tally = tally
        self._bar = bar
        self._stopping = stopping
        self.numbers: deque[int] = deque()

    def __iter__(self) -> Iterator[Letter]:
        from guardrail.customer import customer_id

        while line := self._stopping.waiting(lambda: next(self._lines, None)):
            # Seen from here a chunk is done as a whole, or not at all.
            self._bar.at(self._tally.customers, self._stream.tell)
            try:
                letter = read_letter(line)
            except LetterError as error:
                self._tally.bad += 1
                self._bar.clear()
                told = msgspec.json.encode({"line": line.number, "error": str(error)})
                click.echo(told.decode(), err=True)
            else:
                self._tally.nameless += customer_id(letter.customer) is None
                self.numbers.append(line.number)
                yield letter


def read_letter(line: Line) -> Letter:
    """The items and the customer of a line. Raises LetterError; its text repeats no value."""
    if line.raw is None:
        raise LetterError(f"longer than {LONGEST_LINE} bytes")
    try:
        given = _decoded(line.raw)
    except UnicodeError:
        raise LetterError("not UTF-8; JSON is always written in UTF-8") from None
    except RecursionError:
        raise LetterError("nested too deep to be read") from None
    except msgspec.DecodeError as fault:
        said = str(fault).replace("JSON is malformed", "not JSON").replace("`", "'")
        raise LetterError(f"{said}; {LOOKS_LIKE}") from None
    customer = given.customer
    if customer is not None and (
        isinstance(customer, bool) or not isinstance(customer, dict | str | int)
    ):
        raise LetterError("the customer is neither an id nor an object; null is nobody known")
    return Letter(given.items, customer)


def _decoded(raw: bytes) -> _Given:
    from guardrail.extract.read import whole_characters

    raw.decode()
    try:
        return msgspec.json.decode(raw, type=_Given)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.json.decode(whole_characters(raw), type=_Given)


def _print(data: dict[str, Any]) -> None:
    # Line by line, so that whoever ends this finds whole lines.
    out = sys.stdout.buffer
    out.write(msgspec.json.encode(data) + b"\n")
    out.flush()
