"""From body to body: the pure path, the whole `Guard.answer`, the WSGI shell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import bodies, rulesets
from benchmarks.measure import Quantity, interleaved, ratio
from benchmarks.path import PurePath
from benchmarks.report import Must, Row
from benchmarks.scoring import ACTED, batch_of, floor
from guardrail import GuardrailMiddleware
from guardrail.model import Customer
from guardrail.service import Guard

PURE = "Body to body without stores, 20 rules, catalogue texts known"
ANSWER = "The whole `Guard.answer` in memory, no caps"
GROWTH = "Cost against items and rules, body to body, 23 % acted on"
SHELL = "A WSGI callable against a bare app that costs 1 F, 50 items"
REFUSING = Customer(
    age_band="adult", gpc=True, consent=(("health", False),), topics_off=("vice.gambling",)
)
_Maker = Callable[[int], Iterator[bytes]]


def _acted(count: int) -> Iterator[bytes]:
    return bodies.bodies(count, share=ACTED)


def _mixed(count: int) -> Iterator[bytes]:
    return bodies.bodies(count, mixed=True)


def _bare_ids(count: int) -> Iterator[bytes]:
    return bodies.bare(count, ids_only=True)


def pure(folder: Path, turns: int) -> Iterator[Row]:
    """The pure path on bodies of each sort."""
    rules = rulesets.twenty(folder / "pure")
    kept, home, bare = (PurePath(rules, name) for name in ("kept", "home", "bare"))
    refused = PurePath(rules, "home", REFUSING)
    sorts: tuple[tuple[str, PurePath, _Maker, Must | None], ...] = (
        ("nothing acted on, signals kept", kept, bodies.bodies, Must(0.75)),
        ("nothing acted on, signals kept, new combinations", kept, _mixed, Must(0.75)),
        ("nothing acted on, signals cut out of every item", home, bodies.bodies, Must(0.75)),
        ("nothing acted on, facts assumed", bare, bodies.bare, Must(0.75)),
        ("nothing acted on, ids and nothing else, facts assumed", bare, _bare_ids, None),
        ("23 % acted on, signals kept", kept, _acted, Must(1.5)),
        ("23 % acted on, signals cut out", home, _acted, Must(1.5)),
        ("23 % acted on, signals cut out, for somebody who refuses", refused, _acted, None),
    )
    for name, path, make, must in sorts:
        for count in (10, 50, 200):
            quantities = {"F": Quantity(floor), "it": Quantity(path.answer)}
            times = interleaved(quantities, make(count), turns=turns, batch=batch_of(count))
            found = ratio(times["it"], times["F"])
            yield Row(PURE, name, count, "F", found, must if count == 50 else None)


def answer(folder: Path, turns: int) -> Iterator[Row]:
    """The same through the guard: who it is, what is in force, the decision, its counting."""
    for name, rules in (
        ("20 rules", rulesets.twenty(folder / "answer")),
        ("the shipped rules less their caps", rulesets.shipped(folder / "answer-own")),
    ):
        with closing(_guard(rules=rules)) as guard:
            yield from _answers(
                guard, name, (("signals kept", "kept"), ("signals cut", "home")), turns
            )
    catalogued = {"rules": rulesets.twenty(folder / "cat"), "catalog": known_of}
    with closing(_guard(**catalogued)) as guard:
        surface = guard.rules.surface("bare")
        quantities = {
            "F": Quantity(floor),
            "it": Quantity(lambda body: guard.answer(body, surface, customer=rulesets.CUSTOMER)),
        }
        times = interleaved(quantities, catalogue_ids(50), turns=turns, batch=4)
        name = "20 rules, ids and nothing else, facts from the catalogue"
        yield Row(ANSWER, name, 50, "F", ratio(times["it"], times["F"]))


def _answers(
    guard: Guard, name: str, surfaces: Iterable[tuple[str, str]], turns: int
) -> Iterator[Row]:
    for how, surface_name in surfaces:
        surface = guard.rules.surface(surface_name)

        def run(body: bytes, surface: Any = surface) -> object:
            return guard.answer(body, surface, customer=rulesets.CUSTOMER)

        quantities = {"F": Quantity(floor), "it": Quantity(run)}
        for share in (0.0, ACTED):
            said = f"{name}, {share:.0%} acted on, {how}"
            for count in (10, 50, 200):
                made = bodies.bodies(count, share=share)
                times = interleaved(quantities, made, turns=turns, batch=batch_of(count))
                yield Row(ANSWER, said, count, "F", ratio(times["it"], times["F"]))


def known_of(ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """A catalogue that knows every id."""
    signals = [{"data": "purchase_history", "method": "observed", "party": "first"}]
    return {
        one: {"categories": [bodies.ORDINARY[len(one) % 10]], "signals": signals} for one in ids
    }


def catalogue_ids(count: int) -> Iterator[bytes]:
    """Bodies of nothing but ids, out of two thousand."""
    turn = 0
    while True:
        ids = (f"sku-{(turn * 37 + n * 13) % 2000}" for n in range(count))
        yield bodies.encoded([{"id": one} for one in ids])
        turn += 1


def growth(folder: Path, turns: int) -> Iterator[Row]:
    """How the cost grows with items and with rules."""
    twenty = PurePath(rulesets.twenty(folder / "growth"), "kept")
    many = PurePath(rulesets.many(folder / "growth-200"), "kept")
    pairs = zip(_acted(50), _acted(200), strict=True)
    quantities = {
        "50": Quantity(lambda pair: twenty.answer(pair[0])),
        "200": Quantity(lambda pair: twenty.answer(pair[1])),
    }
    times = interleaved(quantities, pairs, turns=turns, batch=2)
    found = ratio(times["200"], times["50"])
    yield Row(GROWTH, "200 items against 50", None, "x", found, Must(4.2))
    quantities = {"20": Quantity(twenty.answer), "200": Quantity(many.answer)}
    times = interleaved(quantities, _acted(50), turns=turns, batch=4)
    found = ratio(times["200"], times["20"])
    yield Row(GROWTH, "200 rules against 20", 50, "x", found, Must(3))


def shell(folder: Path, turns: int) -> Iterator[Row]:
    """What a request costs that is not guarded, and one that is."""
    rules = rulesets.twenty(folder / "shell")
    current: list[bytes] = [b""]

    def app(_: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [floor(current[0])]  # type: ignore[list-item]

    off = GuardrailMiddleware(app, rules=str(rules), mode="off", unknown_identity="allow")
    on = GuardrailMiddleware(app, rules=str(rules), unknown_identity="allow")
    with closing(off.guard), closing(on.guard):
        quantities = {
            "bare": _called(app, "/home", current),
            "path not guarded": _called(on, "/elsewhere", current),
            "mode off": _called(off, "/home", current),
            "guarded, 23 % acted on, signals cut": _called(on, "/home", current),
        }
        times = interleaved(quantities, _acted(50), turns=turns, batch=8)
        for name in list(quantities)[1:]:
            must = Must(1.05) if "acted" not in name else None
            found = ratio(times[name], times["bare"])
            yield Row(SHELL, name, 50, "of the bare app", found, must)


def _called(app: Any, path: str, current: list[bytes]) -> Quantity:
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "guardrail.customer": rulesets.CUSTOMER,
    }

    def run(body: bytes) -> object:
        current[0] = body
        answered = app(environ.copy(), lambda *_: None)
        sent = b"".join(answered)
        if hasattr(answered, "close"):
            answered.close()
        return sent

    return Quantity(run)


def _guard(**arguments: Any) -> Guard:
    return Guard.from_arguments({"redis_url": None, "unknown_identity": "allow", **arguments})
