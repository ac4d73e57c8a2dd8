"""nginx, three groups of gunicorn workers and one Redis: a cap of three is three in all."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from gunicorn_server import started
from redis_cluster import free_ports, until

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "nginx"
GROUPS = ("8001", "8002", "8003")


@contextmanager
def group(name: str, redis_url: str) -> Iterator[str]:
    """Two gunicorn workers; gives their port."""
    process, port = started(
        "examples.nginx.shop:application", {"SHOP_GROUP": name, "GUARDRAIL_REDIS_URL": redis_url}
    )
    try:
        yield str(port)
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def nginx(binary: str, folder: Path, ports: dict[str, str]) -> Iterator[int]:
    """The example's own configuration, with these ports in place of its own."""
    (own,) = free_ports(1)
    text = (EXAMPLE / "nginx.conf").read_text()
    for written, real in {**ports, "8000": str(own)}.items():
        assert text.count(f":{written};") == 1
        text = text.replace(f":{written};", f":{real};")
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen(
        [binary, "-p", str(folder), "-c", "nginx.conf"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until("nginx listens", lambda: process.poll() is not None or answers(own))
        if process.poll() is not None:
            pytest.fail(f"nginx did not start: {process.communicate()[1]}")
        yield own
    finally:
        process.terminate()
        process.communicate(timeout=30)


def answers(port: int) -> bool:
    try:
        get(port, "/up")
    except OSError:
        return False
    return True


def get(port: int, path: str) -> tuple[str, list[str]]:
    """The group that answered, and the campaigns shown."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = json.loads(response.read())
        return str(response.headers["X-Group"]), [item["campaign"] for item in body["items"]]
    finally:
        connection.close()


def test_a_cap_of_three_holds_over_three_groups(tmp_path: Path, redis_url: str) -> None:
    """Twelve pages by turns from all groups show each campaign three times, to each customer."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if binary is None:
        pytest.skip("nginx is not installed (apt-get install nginx-light)")
    with ExitStack() as stack:
        ports = {name: stack.enter_context(group(name, redis_url)) for name in GROUPS}
        port = stack.enter_context(nginx(binary, tmp_path, ports))
        for customer in ("anna", "ben"):
            pages = [get(port, f"/api/ads?{customer}") for _ in range(12)]
            assert {name for name, _ in pages} == set(GROUPS)
            shown = Counter(campaign for _, campaigns in pages for campaign in campaigns)
            assert shown == {"boots": 3, "kettles": 3}
