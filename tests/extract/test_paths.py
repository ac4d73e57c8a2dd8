"""The dotted path language: what each path means, and what is refused with which words."""

import pytest

from guardrail.extract.paths import field_path, items_path


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (".", ()),
        ("items", ("items",)),
        ("a.b.items", ("a", "b", "items")),
        ("results[].hits", ("results", None, "hits")),
        ("[].hits", (None, "hits")),
        ("data.shelves[].row.items", ("data", "shelves", None, "row", "items")),
        ("aktuelle-empfehlungen", ("aktuelle-empfehlungen",)),
    ],
)
def test_an_items_path_becomes_steps(text, steps):
    """Keys are followed, [] stands for every element, a lone dot for the top level."""
    assert items_path(text) == steps


@pytest.mark.parametrize(
    "text",
    ["", "..", ".items", "items.", "a..b", "a b ", "a[0]", "a[].[]", "a[][].b", 'a"b', "a\\b"],
)
def test_a_path_that_is_none_is_refused_with_what_would_be_right(text):
    """The error shows the path and examples of right ones."""
    with pytest.raises(ValueError, match=r"is no path to a list: write keys .*results\[\]\.hits"):
        items_path(text)


def test_a_path_that_ends_in_brackets_is_refused_with_the_path_meant():
    """items[] means items: the error says so."""
    with pytest.raises(ValueError, match="name the list itself, such as items;"):
        items_path("items[]")
    with pytest.raises(ValueError, match=r"name the list itself, such as \.;"):
        items_path("[]")


def test_a_field_path_walks_through_objects():
    """Dots separate keys."""
    assert field_path("taxonomy.labels") == ("taxonomy", "labels")
    assert field_path("sku") == ("sku",)


@pytest.mark.parametrize("text", ["", ".", "a.", "tags[].name"])
def test_a_field_path_through_a_list_or_nothing_is_refused(text):
    """A field has one place in an item."""
    with pytest.raises(ValueError, match="is no path to a field: write keys joined by dots"):
        field_path(text)
