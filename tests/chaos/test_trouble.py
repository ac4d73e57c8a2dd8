"""Whatever happens to Redis: the page goes out in time, it is counted, and caps still hold.

The real middleware around a small app, a TCP proxy, a real Redis. Each kind of trouble is met
with pages for twenty customers before it, while it lasts and after it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import redis
from redis_server import RedisServer

from chaos.conftest import TABLE
from chaos.proxy import Mood, Proxy
from chaos.shop import LIMIT, TIMEOUT, Shop

CUSTOMERS = 20
LONGEST = 1.5 * TIMEOUT
LOADING = b"-LOADING Redis is loading the dataset in memory\r\n"
Begin = Callable[[Proxy, redis.Redis], "contextlib.AbstractContextManager[None]"]


def mood(told: Mood, *, breaking: bool = False) -> Begin:
    """The proxy's mood, from now on; ``breaking``: what is open breaks, too."""

    @contextmanager
    def lasting(proxy: Proxy, _: redis.Redis) -> Iterator[None]:
        proxy.mood = told
        if breaking:
            proxy.drop()
        yield
        proxy.mood = Mood()

    return lasting


@contextmanager
def full(_: Proxy, server: redis.Redis) -> Iterator[None]:
    server.config_set("maxmemory-policy", "noeviction")
    server.config_set("maxmemory", "1")
    yield
    server.config_set("maxmemory", "0")


@contextmanager
def replica(_: Proxy, server: redis.Redis) -> Iterator[None]:
    server.execute_command("REPLICAOF", "127.0.0.1", "1")
    yield
    server.execute_command("REPLICAOF", "NO", "ONE")


@contextmanager
def forgetful(_: Proxy, server: redis.Redis) -> Iterator[None]:
    """The script is forgotten again and again."""
    stopped = threading.Event()

    def forget() -> None:
        while not stopped.wait(0.001):
            server.script_flush()

    thread = threading.Thread(target=forget)
    thread.start()
    yield
    stopped.set()
    thread.join()


@contextmanager
def foreign(_: Proxy, server: redis.Redis) -> Iterator[None]:
    """Somebody else's lists lie where impressions should be."""
    kept = {key: server.dump(key) for key in server.scan_iter("*caps:*")}
    assert kept
    for key in kept:
        server.delete(key)
        server.rpush(key, "not ours")
    yield
    for key, value in kept.items():
        server.delete(key)
        server.restore(key, 0, value)


class Trouble(NamedTuple):
    """What happens, and what follows.

    ``opens``: Redis counts as gone, so the breaker opens; None where what is only read still
    answers, and that closes it again. ``answers``: the ledger does its work nevertheless.
    ``uncertain``: what was asked may have been counted although no answer came. ``pages`` while
    it lasts.
    """

    begin: Begin
    opens: bool | None = True
    answers: bool = False
    uncertain: bool = False
    pages: int = 200


TROUBLES = {
    "no answer": Trouble(mood(Mood(mute=True)), uncertain=True),
    "slower than the timeout": Trouble(mood(Mood(delay=2 * TIMEOUT)), uncertain=True),
    "slow, within the timeout": Trouble(
        mood(Mood(delay=0.55 * TIMEOUT)), opens=False, answers=True, pages=20
    ),
    "slow, two trips are too long": Trouble(
        mood(Mood(delay=0.8 * TIMEOUT)), opens=None, uncertain=True, pages=8
    ),
    "cut within an answer": Trouble(mood(Mood(cut_after=3)), uncertain=True),
    "nobody listens": Trouble(mood(Mood(refuse=True), breaking=True)),
    "loading": Trouble(mood(Mood(say=LOADING))),
    "memory full": Trouble(full, opens=None),
    "a replica": Trouble(replica, opens=None),
    "script forgotten": Trouble(forgetful, opens=False, answers=True),
    "a key of another type": Trouble(foreign, opens=False),
}


@pytest.fixture
def server(redis_server: RedisServer) -> RedisServer:
    if not redis_server.ours:
        pytest.skip("the server of GUARDRAIL_TEST_REDIS_URL is not ours to trouble")
    return redis_server


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[Proxy]:
    made = Proxy(server.url.removeprefix("unix://"))
    yield made
    made.close()


def percentile(values: list[float], percent: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def each_trouble() -> Iterator[object]:
    """Every trouble with both ways to go on without a ledger; a few are in every test run."""
    for name in TROUBLES:
        for on_failure in ("suppress", "allow"):
            always = on_failure == "suppress" and name in {"no answer", "script forgotten"}
            marks = [] if always else [pytest.mark.chaos]
            yield pytest.param(name, on_failure, id=f"{name}, {on_failure}", marks=marks)


@pytest.mark.parametrize(("name", "on_failure"), list(each_trouble()))
def test_a_page_goes_out_in_time_and_caps_hold(
    name: str, on_failure: str, tmp_path: Path, server: RedisServer, proxy: Proxy
) -> None:
    """Before, while and after: bounded time, counted outcomes, no cap exceeded, nothing leaks."""
    trouble = TROUBLES[name]
    shop = Shop(tmp_path / "rules", proxy.url, on_failure)
    with contextlib.closing(shop), server.client() as direct:
        calm = shop.pages(2 * CUSTOMERS)
        files, threads = open_files(), threading.active_count()
        before = dict(shop.shown)

        with trouble.begin(proxy, direct):
            troubled = shop.pages(trouble.pages)
            state = shop.state()
        assert percentile(troubled, 99) < LONGEST
        assert trouble.opens is None or state == ("open" if trouble.opens else "closed")
        during = {who: n - before.get(who, 0) for who, n in shop.shown.items()}

        shop.later += 60
        healed = shop.pages(10 * CUSTOMERS)
        assert shop.state() == "closed"
        assert percentile(healed, 99) < LONGEST
        caps = shop.caps()
        assert ("unanswered" in caps) == (not trouble.answers)
        assert "over" not in caps
        for who, shown in shop.shown.items():
            unanswered = 0 if trouble.answers else during[who]
            if on_failure == "suppress":
                assert shown <= LIMIT
            else:
                assert shown <= LIMIT + unanswered
        if on_failure == "suppress" and not trouble.uncertain:
            assert set(shop.shown.values()) == {LIMIT}  # so nothing was withheld, either
        assert threading.active_count() <= threads + 8
        assert open_files() <= files + 16
        TABLE.append(
            (
                f"{name} ({on_failure})",
                *(ms(percentile(calm, p)) for p in (50, 99)),
                *(ms(percentile(troubled, p)) for p in (50, 99)),
                *(ms(percentile(healed, p)) for p in (50, 99)),
            )
        )


def test_workers_whose_clocks_differ_agree(
    tmp_path: Path, proxy: Proxy, server: RedisServer
) -> None:
    """An hour behind and a day ahead: Redis's own time decides, and five are shown together."""
    shops = [Shop(tmp_path / f"{k}", proxy.url, "suppress") for k in range(3)]
    for shop, skew in zip(shops, (0, -3600, 86_400), strict=True):
        right = shop.guard._clock
        shop.guard._clock = lambda right=right, skew=skew: right() + skew
    shown = [len(shop.page("customer")) for _ in range(4) for shop in shops]
    assert sum(shown) == 2 * LIMIT
    for shop in shops:
        shop.close()
