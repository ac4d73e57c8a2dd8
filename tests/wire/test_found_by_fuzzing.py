"""What the fuzz targets found, each as a test that bears the name of what was wrong."""

from __future__ import annotations

import pytest

from guardrail.extract import extract
from guardrail.ruleset import Surface


@pytest.mark.parametrize(
    "body",
    [
        b'{"items":[{"hits":[{"id":"a"}]},{"hits":[{"id":"b"}]}],"items":[{"hits":[]}]}',
        b'{"items":[{"hits":[{"id":"a"},{"id":"b"}]},{}],"items":[]}',
        b'{"items":[{"hits":[{"id":"a"}],"hits":[{"id":"b"}]}],"items":[{"hits":[]},{}]}',
    ],
)
def test_a_repeated_list_of_groups_that_is_shorter_the_second_time(body: bytes) -> None:
    """Every item of both lists is found; the parser knows of the last list only."""
    found = extract(body, Surface("groups", items="items[].hits"))
    assert [read.item.id for read in found.items] == ["a", "b"]
