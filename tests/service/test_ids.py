"""Ids of decisions."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

from guardrail.service import ids


def test_they_are_sixteen_digits_and_never_the_same() -> None:
    """Over more than are drawn at once, and among threads."""

    def some(_: int) -> list[str]:
        return [ids.new_id() for _ in range(200)]

    with ThreadPoolExecutor(4) as threads:
        made = [one for listed in threads.map(some, range(8)) for one in listed]
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in made)
    assert len(set(made)) == len(made)


def test_a_child_does_not_go_on_with_those_of_its_parent() -> None:
    """Workers are forked from one process, and their logs come together."""
    ids.new_id()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, "".join(ids.new_id() for _ in range(64)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(read, 65_536).decode()
    ours = [ids.new_id() for _ in range(64)]
    assert not {theirs[at : at + 16] for at in range(0, len(theirs), 16)}.intersection(ours)
    os.close(read)
    os.close(write)
