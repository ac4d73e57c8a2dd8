"""Rules tried out on one item or one body: nothing is counted, nobody's choices are looked up."""

from __future__ import annotations

from msgspec.structs import replace

from guardrail.act import Cuts, splice
from guardrail.caps import MemoryLedger
from guardrail.customer import read_customer, resolve_tolerance
from guardrail.decide.history import NOTHING_SEEN
from guardrail.extract import Read, extract, read_line
from guardrail.model import Decision, Verdict
from guardrail.pipeline import Draft, first_pass, second_pass
from guardrail.ruleset import Surface
from guardrail.service.deciding import Deciding
from guardrail.service.explaining import Explained, NoSuchItemError, explained
from guardrail.service.in_force import InForce
from guardrail.service.reserve import reserve
from guardrail.service.who import Who


class Trial:
    """Judges by what is in force. What is off is tried as in observe."""

    def __init__(self, in_force: InForce, deciding: Deciding) -> None:
        self._in_force = in_force
        self._deciding = deciding

    def item(self, raw: bytes, surface: str, customer: object, now_ms: int) -> Verdict:
        """The verdict on one item's JSON, judged alone: no caps, no combinations, no backfill.

        Raises `guardrail.extract.ItemError` when it is no item.
        """
        draft = self._draft(raw, surface, customer, now_ms)
        return second_pass(draft, [None] * len(draft.asks)).verdicts[0]

    def explain_item(self, raw: bytes, surface: str, customer: object, now_ms: int) -> Explained:
        """What led to the verdict of `item`. Raises the same."""
        draft = self._draft(raw, surface, customer, now_ms)
        verdict = second_pass(draft, [None] * len(draft.asks)).verdicts[0]
        return explained(draft, verdict, 0, self._in_force.rules)

    def explain_body(
        self, body: bytes, surface: str, customer: object, now_ms: int, ident: str | None
    ) -> Explained:
        """What led to the verdict on the item with that id in one response body, the rest of the
        response and its caps (counted from nothing) included. None: the only item that it has.

        Raises `NoSuchItemError`, and `guardrail.extract.NotReadable` when it can't be read.
        """
        found = self._in_force.rules.surface(surface)
        reads = extract(body, found).items
        places = [i for i, read in enumerate(reads) if read.readable]
        wanted = [i for i in places if ident in (None, reads[i].item.id)]
        if not wanted or (ident is None and len(wanted) > 1):
            raise NoSuchItemError([reads[i].item.id for i in places])
        who = replace(self._who(customer), identity="trial")
        mode = self._mode(found)
        drafted = self._deciding.draft(found, reads, who, mode=mode, now_ms=now_ms)
        reserved = reserve(
            drafted.draft,
            MemoryLedger(lambda: now_ms),
            who.identity,
            withhold=who.withhold,
            count=True,
            now_ms=now_ms,
        )
        result = self._deciding.finish(drafted, reserved, recorded=False).result
        filled = [offer.item.id for offer in result.backfill]
        verdict = result.verdicts[wanted[0]]
        return explained(drafted.draft, verdict, wanted[0], drafted.armed.rules, filled)

    def body(self, body: bytes, surface: str, customer: object, now_ms: int) -> Decision:
        """The decision on one response body, its caps counted from nothing.

        Raises `guardrail.extract.NotReadable` when it can't be read.
        """
        found = self._in_force.rules.surface(surface)
        extracted = extract(body, found)
        begun = self._deciding.begin(
            found,
            extracted.items,
            replace(self._who(customer), identity="trial"),
            mode=self._mode(found),
            now_ms=now_ms,
            ledger=MemoryLedger(lambda: now_ms),
        )
        decided = self._deciding.decided(begun)
        cuts = Cuts(decided.armed.rules.leaks, found)
        fill = [offer.json for offer in decided.result.backfill]
        splice(body, extracted, found, decided.result.placed, fill, cuts=cuts)
        return self._deciding.decision(
            found, decided, now_ms=now_ms, recorded=False, cut=cuts.counts
        )

    def _draft(self, raw: bytes, surface: str, customer: object, now_ms: int) -> Draft:
        armed = self._in_force.armed
        found = armed.rules.surface(surface)
        read = Read(read_line(raw, found))
        request = self._deciding.request(
            armed, found, self._who(customer), self._mode(found), now_ms
        )
        return first_pass(request, self._deciding.completed((read,)))

    def _who(self, raw: object) -> Who:
        customer, problems = read_customer(raw)
        tolerance, problem = resolve_tolerance(customer, self._in_force.rules)
        trouble = (*problems, problem) if problem else problems
        return Who(customer, None, tolerance, trouble, history=NOTHING_SEEN)

    def _mode(self, surface: Surface) -> str:
        mode = self._in_force.mode_of(surface)
        return "observe" if mode == "off" else mode
