"""Three real redis-servers that form a cluster, on free ports, gone with the session."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import redis
from redis_node import RedisNode

SLOTS = 16384


BUS = 10000
"""A node talks to the others on its port plus this."""


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, nor on those of their buses."""
    held: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < count:
            pair = [socket.socket(), socket.socket()]
            held += pair
            pair[0].bind(("127.0.0.1", 0))
            port = pair[0].getsockname()[1]
            try:
                pair[1].bind(("127.0.0.1", port + BUS))
            except (OSError, OverflowError):
                continue
            ports.append(port)
        return ports
    finally:
        for one in held:
            one.close()


def until(what: str, condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something holds; says what did not hold in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class RedisCluster:
    """A cluster of three masters. ``url`` names two of them; the third has to be found."""

    def __init__(self, binary: str, size: int = 3) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="guardrail-cluster-"))
        self.ports = free_ports(size)
        self.nodes = [
            RedisNode(
                binary,
                self._folder / str(port),
                *("--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"),
                *("--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"),
                url=f"redis://127.0.0.1:{port}",
            )
            for port in self.ports
        ]
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in self.ports[:2])

    def start(self) -> None:
        """Start all nodes, deal out the slots and wait until each knows all."""
        for node in self.nodes:
            node.start()
        clients = self.clients()
        try:
            share = -(-SLOTS // len(clients))
            for k, client in enumerate(clients):
                own = range(k * share, min((k + 1) * share, SLOTS))
                client.execute_command("CLUSTER", "ADDSLOTS", *own)
                for port in self.ports:
                    client.execute_command("CLUSTER", "MEET", "127.0.0.1", port)
            for client in clients:
                until("the cluster is whole", lambda client=client: self._whole(client))
        finally:
            for client in clients:
                client.close()

    def _whole(self, client: redis.Redis) -> bool:
        said = client.execute_command("CLUSTER", "SLOTS")
        state: bytes = client.execute_command("CLUSTER", "INFO")
        covered = sum(last - first + 1 for first, last, *_ in said)
        return covered == SLOTS and b"cluster_state:ok" in state

    def clients(self) -> list[redis.Redis]:
        """A plain client of each node; whoever asks for them closes them."""
        return [node.client() for node in self.nodes]

    def flush(self) -> None:
        """Remove every key of every node."""
        for client in self.clients():
            with client:
                client.flushall()

    def discard(self) -> None:
        """Stop all nodes for good and remove what they wrote."""
        for node in self.nodes:
            node.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
