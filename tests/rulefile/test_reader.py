"""The strict reader: what plain YAML means, and that nothing can hurt it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guardrail.rulefile import reader
from guardrail.rulefile.reader import MAX_BYTES, MAX_DEPTH, read
from guardrail.rulefile.tree import Mark, WrittenFloat, WrittenInt


def value(text: str) -> Any:
    """What a scalar becomes."""
    root = read(f"key: {text}\n".encode(), "x.yaml").root
    assert root is not None
    return root.plain()["key"]


@pytest.mark.parametrize(
    "text",
    [
        *("NO", "no", "yes", "Yes", "on", "off", "True", "FALSE", "NULL", "22:00", "010", "0x1F"),
        *("1_000", "+5", ".5", "5.", ".inf", "-.inf", ".nan", "1e999", "2026-11-22", "1" * 41, "="),
    ],
)
def test_whatever_is_not_json_is_text(text: str) -> None:
    """Norway, times, dates and odd numbers stay what was written."""
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "meant"), [("true", True), ("false", False), ("null", None), ("~", None), ("", None)]
)
def test_the_words_of_json_are_values(text: str, meant: object) -> None:
    """Only these spellings are no text."""
    assert value(text) is meant


@pytest.mark.parametrize("text", ["0", "-7", "305", "12345678901234567890123"])
def test_whole_numbers_remember_their_spelling(text: str) -> None:
    """An id that was written as a number can be used as the text that was written."""
    found = value(text)
    assert isinstance(found, WrittenInt)
    assert (found, found.text) == (int(text), text)


@pytest.mark.parametrize("text", ["1.10", "-0.5", "1e2", "2E-3"])
def test_fractions_remember_their_spelling(text: str) -> None:
    """So do numbers with a fraction or an exponent."""
    found = value(text)
    assert isinstance(found, WrittenFloat)
    assert (found, found.text) == (float(text), text)


@pytest.mark.parametrize("text", ["'305'", '"true"', "|\n  null", ">\n  12"])
def test_quoted_and_block_scalars_are_text(text: str) -> None:
    """Quotes make a text of anything."""
    assert isinstance(value(text), str)


def test_places_count_characters_from_one() -> None:
    """An accented or astral character is one column, and a byte-order mark none."""
    text = "\ufeffé: {𝒳: 1, b: [zwei, 'drei']}\n"
    root = read(text.encode(), "x.yaml").root
    assert root is not None
    inner = root.get("é")
    assert inner is not None
    assert root.keys["é"] == Mark(1, 1, 1)
    assert inner.keys["b"] == Mark(1, 11, 1)
    listed = inner.get("b")
    assert listed is not None
    assert [one.mark for one in listed.elements()] == [Mark(1, 15, 4), Mark(1, 21, 6)]


def test_an_empty_file_is_an_empty_mapping() -> None:
    """Nothing but comments is nothing wrong in itself."""
    document = read(b"# nothing yet\n", "x.yaml")
    assert document.root is not None
    assert document.root.plain() == {}
    assert document.problems == []


def test_a_bomb_of_aliases_is_refused_at_its_first_alias() -> None:
    """Nothing is ever expanded: reading stops where an alias stands."""
    bomb = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
    )
    document = read(bomb.encode(), "x.yaml")
    assert document.root is None
    assert [p.message.split()[0] for p in document.problems] == ["anchor", "anchor", "alias"]
    assert document.problems[-1].line == 2


def test_nesting_has_a_limit_that_no_recursion_reaches() -> None:
    """A hundred thousand brackets are one problem, and the deepest that is allowed is none."""
    assert "nested deeper" in read(b"[" * 100_000, "x.yaml").problems[0].message
    deepest = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert read(f"a: {deepest}\n".encode(), "x.yaml").problems == []


def test_a_file_has_a_limit_of_size() -> None:
    """A file that is too large is not even decoded."""
    document = read(b"\xff" * (MAX_BYTES + 1), "x.yaml")
    assert document.root is None
    assert "larger than 1024 KiB" in document.problems[0].message


def test_a_version_of_yaml_that_is_not_known_is_a_problem() -> None:
    """An error of the parser that has no text of ours is passed on."""
    assert read(b"%YAML 3.0\n---\na: 1\n", "x.yaml").problems[0].message.startswith("not readable")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever a file holds: a tree, or problems with a place; never an exception."""
    document = read(data, "x.yaml")
    assert document.root is not None or document.problems
    assert all(p.line >= 1 and p.column >= 1 for p in document.problems)


YAMLISH = st.lists(
    st.sampled_from(
        (
            *("a", "b: ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "&x ", "*x", "!t ", "'", '"'),
            *("|\n", "? ", ": ", "#", "---\n", "...\n", "%", "@", "\t", "\u2028", "null", "<<: "),
            *('"\\uD800"', '"\\UFFFFFFFF"', "1.5", ">-\n"),
        )
    ),
    max_size=30,
).map("".join)


@given(YAMLISH, st.sampled_from((reader._LOADER, yaml.SafeLoader)))
def test_any_text_that_looks_like_yaml_is_read_or_refused(text: str, loader: Any) -> None:
    """The same for text that gets further, into the fast parser and into the one in Python."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_LOADER", loader)
        document = read(text.encode(), "x.yaml")
    assert document.root is not None or document.problems
    for problem in document.problems:
        assert problem.text().encode()


@pytest.mark.parametrize("text", ['"\\uD800"', '"\\UFFFFFFFF"'])
@pytest.mark.parametrize("loader", [reader._LOADER, yaml.SafeLoader])
def test_an_escape_that_is_no_character_is_refused(
    text: str, loader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a surrogate pair could not even be printed."""
    monkeypatch.setattr(reader, "_LOADER", loader)
    document = read(f"a: {text}\n".encode(), "x.yaml")
    assert document.root is None
    assert len(document.problems) == 1


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=12)
TREES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)


@given(st.dictionaries(TEXTS, TREES, max_size=4))
def test_what_yaml_writes_in_quotes_is_read_back(tree: dict[str, Any]) -> None:
    """Any tree of texts survives a trip through YAML."""
    written = yaml.safe_dump(tree, default_style='"', allow_unicode=False).encode()
    root = read(written, "x.yaml").root
    assert root is not None
    assert root.plain() == tree
