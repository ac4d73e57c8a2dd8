"""From a URL to a connection: one server, a server behind TLS, a socket, or a cluster."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from guardrail.connection.connection import Connection
from guardrail.connection.hurry import hurried
from guardrail.connection.line import with_line
from guardrail.connection.lines import lines_of

if TYPE_CHECKING:
    from redis import Redis

CLUSTER = "+cluster"
_CLUSTER_URL = re.compile(
    r"(?P<scheme>rediss?)\+cluster://(?P<hosts>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?"
)
HOW_IT_LOOKS = (
    "the Redis URL can't be read; write redis://[[user]:password@]host[:port][/db], "
    "rediss://… for TLS, unix:///path/to/socket?db=0, or redis+cluster://host:port,host:port "
    "for a cluster, with special characters of the password percent-encoded"
)


def connect(
    url: str,
    timeout: float = 0.05,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Connection:
    """A connection to the Redis at ``url``.

    ``redis://``, ``rediss://`` (TLS) or ``unix://`` name one server, ``redis+cluster://`` and
    ``rediss+cluster://`` one or several nodes of a cluster, after commas. A certificate authority
    of one's own is given as ``?ssl_ca_certs=/path.pem``. ``timeout`` is the seconds that
    connecting and each answer may take. Nothing is sent yet.

    Raises ValueError for a url that is none (its text is not repeated: it may hold a password)
    and ImportError when redis-py is missing.
    """
    try:
        import redis
    except ImportError:
        raise ImportError(
            "a Redis URL is set but redis-py is not installed; "
            "install guardrail-middleware[redis], or unset GUARDRAIL_REDIS_URL"
        ) from None
    del redis
    try:
        if CLUSTER in url.partition("://")[0]:
            return _cluster(url, timeout, clock)
        return Connection(_client(url, timeout), _where(url), clock=clock)
    except (ValueError, TypeError):
        raise ValueError(HOW_IT_LOOKS) from None


def _client(url: str, timeout: float) -> Redis:
    """A client that tries once.

    RESP2 and no client info: each would cost another trip, of another timeout, on every new
    connection, and a right in the ACL.
    """
    from redis import ConnectionPool, Redis
    from redis.backoff import NoBackoff
    from redis.connection import Connection as Plain
    from redis.connection import parse_url
    from redis.retry import Retry

    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": False,
        "client_name": "guardrail",
        "health_check_interval": 0,
        "protocol": 2,
        **_unnamed_library(),
        **parse_url(url),  # type: ignore[no-untyped-call]
    }
    options["connection_class"] = with_line(hurried(options.get("connection_class", Plain)))
    pool = ConnectionPool(**options)
    client = Redis(connection_pool=pool)
    client.lines = lines_of(pool)  # type: ignore[attr-defined]  # for whoever knows of them
    return client


def _unnamed_library() -> dict[str, Any]:
    """The arguments that keep redis-py from sending its own name and version."""
    from redis.connection import AbstractConnection

    taken = inspect.signature(AbstractConnection).parameters
    names = ("driver_info",) if "driver_info" in taken else ("lib_name", "lib_version")
    return dict.fromkeys(name for name in names if name in taken)


def _cluster(url: str, timeout: float, clock: Callable[[], float]) -> Connection:
    from guardrail.connection.cluster import Cluster

    # The standard library reads one host, and refuses brackets beside another one.
    parts = _CLUSTER_URL.fullmatch(url)
    if parts is None:
        raise ValueError("no URL of a cluster")
    login, at, hosts = parts["hosts"].rpartition("@")
    nodes = [_host_and_port(host) for host in hosts.split(",")]
    if parts["path"] not in {"", "/", "/0"}:
        raise ValueError("a cluster has database 0 alone")
    scheme = parts["scheme"]

    def client(host: str, port: int) -> Redis:
        bracketed = f"[{host}]" if ":" in host else host
        netloc = f"{login}{at}{bracketed}:{port}"
        return _client(urlunsplit((scheme, netloc, "", parts["query"] or "", "")), timeout)

    first = f"Redis Cluster at {nodes[0][0]}:{nodes[0][1]}"
    client(*nodes[0]).close()  # so that what is wrong in the URL is found now
    cluster = Cluster(client, nodes, clock)
    return Connection(cluster.as_client(), first, breaker=cluster.breaker, clock=clock)


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(f"redis://{text}")
    if not parts.hostname:
        raise ValueError("a node has no name")
    return parts.hostname, parts.port or 6379


def _where(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"Redis at {parts.path}"
    return f"Redis at {parts.hostname or 'localhost'}:{parts.port or 6379}"
