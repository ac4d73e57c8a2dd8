"""Many customers' items: each judged as if alone, all of them asked of the stores together.

Two trips to Redis serve a chunk of customers: one reads their choices, one reserves their
impressions. A customer who comes twice within a chunk is judged in a later round of it, when the
first round is counted; customers know nothing of each other, so the decisions are those that
`Guard.review` would give one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from guardrail.customer import customer_id
from guardrail.decide.history import History
from guardrail.extract import Read, read_objects
from guardrail.model import Decision
from guardrail.ruleset import Surface
from guardrail.service.decided import Decided, Drafted
from guardrail.service.deciding import Deciding
from guardrail.service.early import Kept
from guardrail.service.reserve import Due, Reserved, reserve_many
from guardrail.service.reviewed import reviewed
from guardrail.service.stores import Stores
from guardrail.service.who import Who, who_is
from guardrail.trouble import report

if TYPE_CHECKING:
    from guardrail.service.guard import Guard

CUSTOMERS_PER_CHUNK = 200
"""So many customers are read ahead, and share their trips."""

Pair = tuple[Iterable[Any], object]


class How(NamedTuple):
    """How a batch is judged. ``trial``: nothing is counted anywhere, and what is off is tried as
    in observe.
    """

    surface: str
    counting: bool = True
    now_ms: int | None = None
    trial: bool = False


class _One:
    """One customer on the way to a decision."""

    __slots__ = ("customer", "decided", "drafted", "error", "identity", "items", "reads")

    def __init__(self, pair: Pair) -> None:
        self.items: list[Any] = []
        self.customer: object = None
        self.identity: str | None = None
        self.reads: Sequence[Read] = ()
        self.drafted: Drafted | None = None
        self.decided: Decided | None = None
        self.error: Exception | None = None
        try:
            items, self.customer = pair
            self.items = list(items)
        except Exception as error:  # noqa: BLE001 - the other customers are none the worse
            self.error = error


class Batches:
    """Judges customers in chunks."""

    def __init__(self, guard: Guard, deciding: Deciding, stores: Stores) -> None:
        self._guard = guard
        self._deciding = deciding
        self._stores = stores

    def stream(self, pairs: Iterable[Pair], how: How) -> Iterator[Decision]:
        """A decision for each pair, in order. Reads ahead by one chunk, and never without need.

        What was reserved for decisions that nobody took is given back when the stream is
        closed. An error of ``pairs`` itself is raised once everything before it is decided.
        """
        source = iter(pairs)
        failure = None
        while failure is None:
            chunk, failure = _read(source)
            if chunk:
                yield from self._decisions(chunk, how)
            if failure is None and len(chunk) < CUSTOMERS_PER_CHUNK:
                return
        raise failure

    def _decisions(self, chunk: list[_One], how: How) -> Iterator[Decision]:
        surface = self._guard.rules.surface(how.surface)
        self._guard.beat()
        mode = self._guard.mode_of(surface)
        if how.trial and mode == "off":
            mode = "observe"
        if mode != "off":
            self._decide(chunk, surface, mode, how)
        taken = 0
        try:
            for one in chunk:
                decision = self._decision(one, surface, how)
                taken += 1
                yield decision
        finally:
            for one in chunk[taken:]:
                if one.decided is not None:
                    self._deciding.give_back(one.decided.reservation)

    def _decision(self, one: _One, surface: Surface, how: How) -> Decision:
        if one.error is None:
            try:
                if one.decided is None:
                    return self._guard.not_covered(surface).showing(tuple(one.items))
                return reviewed(
                    self._deciding,
                    surface,
                    one.items,
                    one.reads,
                    one.decided,
                    now_ms=how.now_ms,
                    recorded=not how.trial,
                )
            except Exception as error:  # noqa: BLE001 - our mistake is this customer's alone
                one.error = error
        return self._guard.not_reviewed(one.error, surface, one.customer, one.items)

    def _decide(self, chunk: list[_One], surface: Surface, mode: str, how: How) -> None:
        kept = self._choices(chunk)
        for round_ in _rounds(chunk):
            identities = [one.identity for one in round_ if one.identity is not None]
            try:
                histories = self._deciding.histories(surface, identities, how.now_ms)
            except Exception as error:  # noqa: BLE001 - nothing is reserved for anybody yet
                for one in round_:
                    one.error = error
                continue
            for one in round_:
                try:
                    who = self._who(one, kept.get(one.identity), histories.get(one.identity))
                    one.reads = read_objects(one.items, surface)
                    one.drafted = self._deciding.draft(
                        surface, one.reads, who, mode=mode, now_ms=how.now_ms
                    )
                except Exception as error:  # noqa: BLE001 - our mistake is this customer's alone
                    one.error = error
            self._reserve([one for one in round_ if one.error is None], how)

    def _choices(self, chunk: list[_One]) -> Mapping[str | None, Kept]:
        """The choices kept for everybody, in one trip; nothing where each has to ask alone."""
        known: dict[str | None, None] = {}
        for one in chunk:
            try:
                name = customer_id(one.customer)
                one.identity = None if name is None else self._stores.keys.identity(name)
            except Exception as error:  # noqa: BLE001 - the other customers are none the worse
                one.error = one.error or error
            known[one.identity] = None
        identities = [identity for identity in known if identity is not None]
        try:
            return dict(zip(identities, self._stores.kept_choices_of(identities), strict=True))
        except Exception as error:  # noqa: BLE001 - whose mistake it is shows when each is read
            report("the choices of a batch are read one by one", error)
            return {}

    def _who(self, one: _One, kept: Kept | None, history: History | None) -> Who:
        return who_is(
            one.customer,
            gpc=False,
            session=None,
            unknown_identity=self._guard.settings.unknown_identity,
            stores=self._stores,
            rules=self._guard.rules,
            kept=kept,
            history=history,
        )

    def _reserve(self, asking: list[_One], how: How) -> None:
        """Reserve for customers of whom none comes twice, and finish their decisions."""
        drafted = [(one, one.drafted) for one in asking if one.drafted is not None]
        due = [Due(d.draft, d.who.identity, d.who.withhold) for _, d in drafted]
        reserving = partial(
            reserve_many,
            ledger=self._stores.ledger,
            count=how.counting and not how.trial,
            now_ms=self._deciding.ledger_now(how.now_ms),
        )
        answers: Sequence[Reserved | None]
        try:
            answers = reserving(due)
        except ValueError:
            # Nothing is reserved yet; alone, each fails for what is their own.
            answers = [None] * len(due)
        except Exception as error:  # noqa: BLE001 - asking again might count twice
            for one in asking:
                one.error = error
            return
        for (one, draft), asked, answer in zip(drafted, due, answers, strict=True):
            try:
                reserved = answer or reserving([asked])[0]
                one.decided = self._deciding.finish(draft, reserved, recorded=not how.trial)
            except Exception as error:  # noqa: BLE001 - our mistake is this customer's alone
                one.error = error


def _read(source: Iterator[Pair]) -> tuple[list[_One], Exception | None]:
    """The next chunk, and the error that the source ended it with."""
    chunk: list[_One] = []
    try:
        while len(chunk) < CUSTOMERS_PER_CHUNK:
            chunk.append(_One(next(source)))
    except StopIteration:
        pass
    except Exception as error:  # noqa: BLE001 - raised again behind what was read before it
        return chunk, error
    return chunk, None


def _rounds(chunk: list[_One]) -> Iterator[list[_One]]:
    """Everybody once, then those who come again, and so on, each in order."""
    waiting = [one for one in chunk if one.error is None]
    while waiting:
        seen: set[str] = set()
        now: list[_One] = []
        later: list[_One] = []
        for one in waiting:
            if one.identity is None or one.identity not in seen:
                now.append(one)
            else:
                later.append(one)
            seen.add(one.identity or "")
        yield now
        waiting = later
