"""A Redis Cluster: each command goes to the node that has the key, once.

The client that comes with redis-py asks several nodes anew, one after the other, when one is
gone. A page can't wait for that: here a call waits for one node, and a node that does not answer
is left alone by itself, so that the customers on the others notice nothing.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from redis.commands import CoreCommands
from redis.exceptions import AskError, ClusterDownError, MovedError, RedisError

from guardrail.connection.breaker import Breaker
from guardrail.connection.trip import Command, Trip
from guardrail.connection.unreachable import SERVER_IS_FINE, LeftAlone, reason

if TYPE_CHECKING:
    from redis import Redis

SLOTS = 16384
LOOK_AGAIN = 1.0
"""Seconds at least between two looks at which node has which slots, once that is known."""
KEYLESS = frozenset({"PING", "CLIENT", "SCRIPT", "CLUSTER", "INFO", "TIME"})
Address = tuple[str, int]


class _Node(NamedTuple):
    client: Redis
    breaker: Breaker


class _NodesOwn(Breaker):
    """Never in the way: each node has a breaker of its own. Its state is that of the worst."""

    def __init__(self, nodes: Callable[[], Iterable[_Node]]) -> None:
        super().__init__()
        self._nodes = nodes

    def permits(self, now: float) -> bool:  # noqa: ARG002
        """True."""
        return True

    def failed(self, now: float) -> None:
        """Nothing: the node's own breaker knows."""

    def state(self, now: float) -> str:
        """``closed``, ``half-open`` or ``open``: the worst of all nodes."""
        states = {node.breaker.state(now) for node in self._nodes()}
        return next((s for s in ("open", "half-open") if s in states), "closed")


def slot_of(key: str | bytes) -> int:
    """The slot of a key, 0-16383: the text in its first braces decides, else the whole key."""
    raw = key.encode() if isinstance(key, str) else key
    start = raw.find(b"{")
    end = raw.find(b"}", start + 1)
    if start >= 0 and end > start + 1:
        raw = raw[start + 1 : end]
    return crc_hqx(raw, 0) % SLOTS


def key_of(args: tuple[Any, ...]) -> str | bytes | None:
    """The first key of a command; None where it has none."""
    word = str(args[0]).upper()
    if word.startswith("EVAL"):
        return cast("str | bytes", args[3]) if int(args[2]) else None
    keyless = len(args) < 2 or word.split(" ")[0] in KEYLESS
    return None if keyless else cast("str | bytes", args[1])


class Cluster(CoreCommands):
    """What the guard uses of a client, over all nodes of a cluster. Safe among threads and forks.

    ``client`` makes the client of one node, ``seeds`` are the nodes to ask first. ``clock`` gives
    seconds for the breakers of the nodes.
    """

    _event_dispatcher: Any = None
    """redis-py asks for it of everything that has its commands."""

    def __init__(
        self,
        client: Callable[[str, int], Redis],
        seeds: Iterable[Address],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._seeds = tuple(seeds)
        self._clock = clock
        self._nodes: dict[Address, _Node] = {}
        self._slots: list[Address | None] = []
        self._sure = False
        self._looked = 0.0
        self._turn = 0
        self._lock = Lock()
        self.breaker: Breaker = _NodesOwn(lambda: list(self._nodes.values()))

    def as_client(self) -> Redis:
        """The same object, as the stores ask for it."""
        return cast("Redis", self)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command to the node that has its key; raises what redis-py raises."""
        command = Command(args, options)
        try:
            return self.send(self.address(args), command.on)
        except (MovedError, AskError) as error:
            return self.follow(error, command)

    def pipeline(self, transaction: bool = False) -> Trip:
        """Commands that go out together, in one trip for each node that has keys of them."""
        return Trip(self, transaction=transaction)

    def close(self) -> None:
        """Close every connection; the next call opens new ones."""
        for node in list(self._nodes.values()):
            node.client.close()
            node.client.connection_pool.disconnect()

    def address(self, args: tuple[Any, ...]) -> Address:
        """The node that has a command's key, as far as is known; any node where it has none."""
        if not self._slots or (not self._sure and self._clock() - self._looked >= LOOK_AGAIN):
            self._look()
        key = key_of(args)
        if key is None:
            return next((a for a in self._slots if a), self._seeds[0])
        found = self._slots[slot_of(key)]
        if found is None:
            self._sure = False
            raise ClusterDownError("no node has this slot")
        return found

    def send(self, address: Address, command: Callable[[Any], Any]) -> Any:
        """What a node answers; raises `LeftAlone` while its breaker is open."""
        node = self._node(address)
        if not node.breaker.permits(self._clock()):
            self._sure = False
            raise LeftAlone
        try:
            answer = command(node.client)
        except (RedisError, OSError) as error:
            if reason(error) in SERVER_IS_FINE or isinstance(error, MovedError | AskError):
                node.breaker.succeeded()
            else:
                node.breaker.failed(self._clock())
                self._sure = False
            raise
        node.breaker.succeeded()
        return answer

    def follow(self, error: MovedError | AskError, command: Command) -> Any:
        """Send a command where a node said that its key is; raises if that is wrong, too."""
        address = (error.host or self._seeds[0][0], int(error.port))
        if isinstance(error, AskError) and not isinstance(error, MovedError):
            return self.send(address, command.asking)
        self._slots[int(error.slot_id)] = address
        self._sure = False
        return self.send(address, command.on)

    def _node(self, address: Address) -> _Node:
        with self._lock:
            if address not in self._nodes:
                self._nodes[address] = _Node(self._client(*address), Breaker())
            return self._nodes[address]

    def _look(self) -> None:
        """Ask one node which has which slots: one that answered last time, where there is one."""
        self._looked = self._clock()
        known = list(dict.fromkeys((*self._nodes, *self._seeds)))
        calm = [address for address in known if self._node(address).breaker.calm]
        self._turn += 1
        asked = (calm or known)[self._turn % len(calm or known)]
        answer = self.send(asked, lambda client: client.execute_command("CLUSTER", "SLOTS"))
        slots: list[Address | None] = [None] * SLOTS
        for first, last, (host, port, *_), *_ in answer:
            # A node that does not know its own name sends none: it is the one that was asked.
            address = (host.decode() or asked[0], int(port))
            slots[first : last + 1] = [address] * (last + 1 - first)
        self._slots, self._sure = slots, True
