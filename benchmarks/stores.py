"""Caps and the whole path with Redis, against R: one PING by redis-py with hiredis."""

from __future__ import annotations

import itertools
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import redis

from benchmarks import bodies, rulesets
from benchmarks.measure import Quantity, added, interleaved, ratio
from benchmarks.peers.common import Missing
from benchmarks.peers.limits_caps import Limits
from benchmarks.report import Must, Row, missing
from benchmarks.scoring import ACTED, floor
from guardrail.caps import Batch, CapRequest, CapRow, MemoryLedger, RedisLedger
from guardrail.connection import connect
from guardrail.keys import Keys
from guardrail.service import Guard
from guardrail.service.guard import Answer

CAPS = "5 caps x 50 items, 147 counters, atomic, one trip; R = one PING"
LIMITS = "Peer: `limits`, the same grants, times what our ledger takes"
PATH = "Scores, 5 caps and counters with Redis, 23 % acted on, against F + R"
SECRET = "a secret of the benchmark alone"
NO_SERVER = "no redis-server on PATH"
SOCKET = "redis.sock"
_COME_BACK = 100
_SPREAD = {"cap-item": 50, "cap-campaign": 40, "cap-advertiser": 30, "cap-category": 26}


def asks(*, most_on_surface: int = 1000) -> list[list[CapRequest]]:
    """What fifty items ask of five caps."""
    return [
        [
            *(CapRequest(r, f"{r}:{n % many}", 40, 86_400) for r, many in _SPREAD.items()),
            CapRequest("cap-surface", "cap-surface", most_on_surface, 3_600),
        ]
        for n in range(50)
    ]


def batches(listed: Sequence[Sequence[CapRequest]]) -> Callable[[], Batch]:
    """The same as the guard gives it to its ledger, a new batch for each response.

    What items of one category ask but for their own values is known of the category. The texts are
    there already, as they are for a peer.
    """
    rules = (*_SPREAD, "cap-surface")
    per_value = [rule for rule in _SPREAD if rule != "cap-category"]
    sorts: dict[str, CapRow] = {}
    for ask in listed:
        *valued, category, surface = ask
        caps = (
            *(
                (f"{rule}:", place, one[2:])
                for place, (rule, one) in enumerate(zip(per_value, valued, strict=True), 1)
            ),
            (category.counter, 0, category[2:]),
            (surface.counter, 0, surface[2:]),
        )
        sorts[category.counter] = CapRow(rules, caps)
    rows = [sorts[ask[-2].counter] for ask in listed]
    values = [tuple([str(n % _SPREAD[rule]) for rule in per_value]) for n in range(len(listed))]

    def made() -> Batch:
        return Batch([*rows], [*values])

    assert [*made()] == listed
    return made


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A redis-server of its own on a free port, which keeps nothing; its URL.

    It listens at ``SOCKET`` in that folder, too.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    keeping = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    keeping += ["--unixsocket", str(folder / SOCKET)]
    process = subprocess.Popen(
        ["redis-server", "--bind", "127.0.0.1", "--port", str(port), *keeping],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        for line in process.stdout:
            if "eady to accept connections" in line:
                break
        else:
            raise RuntimeError("redis-server did not start")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def caps(folder: Path, turns: int) -> Iterator[Row]:
    """One reservation, for customers who are new and for some who come back."""
    if which("redis-server") is None:
        yield missing(CAPS, "5 caps x 50 items", NO_SERVER)
        return
    batch = batches(asks())
    with server(folder) as url, redis.Redis.from_url(url) as client:
        connection = connect(url, 1.0)
        keys = Keys(SECRET, "guardrail:bench:")
        ledger = RedisLedger(connection, keys)

        def of(name: str) -> Callable[[int], object]:
            return lambda turn: ledger.reserve(keys.identity(f"{name}-{turn}"), batch())

        def after_reading(name: str, customers: int | None = None) -> Quantity:
            """The same after the early read, which overlaps the app's own work."""

            def read(turn: int) -> tuple[str, bytes]:
                number = turn if customers is None else turn % customers
                identity = keys.identity(f"{name}-{number}")
                packed: Any = client.get(ledger.places(identity)[0])
                return identity, packed or b""

            def run(known: tuple[str, bytes]) -> object:
                identity, packed = known
                return ledger.reserve(identity, batch(), packed=packed)

            return Quantity(run, read)

        back, known = of("back"), of("known")
        quantities = {
            "R": Quantity(lambda _: client.ping()),
            "a new customer": Quantity(of("new")),
            "a customer who comes back": Quantity(lambda turn: back(turn % _COME_BACK)),
            "a new customer, read ahead": after_reading("other"),
            "a customer who comes back, read ahead": after_reading("known", _COME_BACK),
        }
        for turn in range(_COME_BACK):
            back(turn)
            known(turn)
        times = interleaved(quantities, itertools.count(), turns=turns, clock=time.perf_counter)
        for name in list(quantities)[1:]:
            must = None if "read ahead" in name else Must(4.5)
            yield Row(CAPS, name, 50, "R", ratio(times[name], times["R"]), must)
        connection.close()


def limits_peer(folder: Path, turns: int) -> Iterator[Row]:
    """The same grants by a rate-limit library."""
    # The shelf's own cap refuses the last five, so that both say no as well as yes.
    listed = asks(most_on_surface=45)
    batch = batches(listed)
    keys = Keys(SECRET, "guardrail:bench:")
    memory = MemoryLedger(lambda: int(time.time() * 1000))
    try:
        theirs = Limits(None)
    except ImportError:
        yield missing(LIMITS, "limits", Missing("limits", "not installed").why)
        return

    def ours(turn: int) -> list[bool]:
        got = memory.reserve(keys.identity(f"new-{turn}"), batch())
        return [grant.granted for grant in got.grants]

    _same(ours(-1), theirs.reserve("new--1", listed))
    quantities = {
        "ours": Quantity(ours),
        "theirs": Quantity(lambda turn: theirs.reserve(f"new-{turn}", listed)),
    }
    times = interleaved(quantities, itertools.count(), turns=max(turns // 4, 10))
    yield Row(LIMITS, "in memory", 50, "x", ratio(times["theirs"], times["ours"]))
    if which("redis-server") is None:
        yield missing(LIMITS, "on Redis", NO_SERVER)
        return
    with server(folder) as url:
        connection = connect(url, 1.0)
        ledger = RedisLedger(connection, keys)
        remote = Limits(url)

        def reserved(turn: int) -> list[bool]:
            got = ledger.reserve(keys.identity(f"new-{turn}"), batch())
            return [grant.granted for grant in got.grants]

        def read_and_reserved(turn: int) -> list[bool]:
            customer = keys.identity(f"other-{turn}")
            (read,) = connection.send((("GET", ledger.places(customer)[0]),)).answers()
            got = ledger.reserve(customer, batch(), packed=read or b"")
            return [grant.granted for grant in got.grants]

        _same(reserved(-1), remote.reserve("new--1", listed))
        quantities = {
            "at once": Quantity(reserved),
            "as the guard does": Quantity(read_and_reserved),
            "theirs": Quantity(lambda turn: remote.reserve(f"new-{turn}", listed)),
        }
        times = interleaved(
            quantities, itertools.count(), turns=max(turns // 10, 10), clock=time.perf_counter
        )
        found = ratio(times["theirs"], times["as the guard does"])
        name = "on Redis, asked item by item, against a read and a reservation, both waited for"
        yield Row(LIMITS, name, 50, "x", found, Must(150, least=True))
        found = ratio(times["theirs"], times["at once"])
        yield Row(LIMITS, "the same against a reservation without the read", 50, "x", found)
        connection.close()


def _same(ours: list[bool], theirs: list[bool]) -> None:
    if ours != theirs:
        raise ValueError(f"limits grants otherwise: {ours} against {theirs}")


def path(folder: Path, turns: int) -> Iterator[Row]:
    """Everything that happens to a guarded response but the server's own work."""
    if which("redis-server") is None:
        yield missing(PATH, "the whole path", NO_SERVER)
        return
    rules = rulesets.twenty(folder / "stores", caps=True)
    with server(folder) as url, redis.Redis.from_url(url) as client:
        # Patient, for on a busy machine a guard that goes on without Redis would look fast.
        reached = {"redis_url": url, "redis_timeout": 2.0, "secret": SECRET}
        guard = Guard.from_arguments({"rules": rules, "unknown_identity": "allow", **reached})
        turn = itertools.count()

        def at_once(body: bytes) -> object:
            surface = guard.surface_for("GET", "/home")
            assert surface
            return _counted(guard.answer(body, surface, customer=_customer(next(turn))))

        def overlapped(body: bytes) -> object:
            surface = guard.surface_for("GET", "/home")
            assert surface
            who = _customer(next(turn))
            early = guard.read_ahead(surface, customer=who)
            floor(body)
            return _counted(guard.answer(body, surface, customer=who, early=early))

        quantities = {
            "F": Quantity(floor),
            "R": Quantity(lambda _: client.ping()),
            "at once": Quantity(at_once),
            "overlapped": Quantity(overlapped),
        }
        with closing(guard):
            for count in (10, 50, 200):
                made = bodies.bodies(count, share=ACTED)
                times = interleaved(quantities, made, turns=turns, clock=time.perf_counter)
                least = added(times["F"], times["R"])
                must = Must(2.3) if count == 50 else None
                own = [
                    both - app for both, app in zip(times["overlapped"], times["F"], strict=True)
                ]
                for name, spent in (
                    ("the customer read when the body is there", times["at once"]),
                    ("the customer read while the app works, which takes 1 F", own),
                ):
                    yield Row(PATH, name, count, "(F + R)", ratio(spent, least), must)


def _counted(answer: Answer) -> Answer:
    if answer.decision.outcome != "guarded" or answer.decision.problems:
        raise RuntimeError(f"not the whole path: {answer.decision.problems}")
    return answer


def _customer(turn: int) -> dict[str, str]:
    # So many that nobody comes to the end of a cap.
    return {**rulesets.CUSTOMER, "id": f"c-{turn % 300}"}
