"""What happens to headers, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.intercept.headers import (
    as_json,
    by_name,
    for_head,
    for_new_body,
    in_language,
    not_shared,
    rewritten,
    sized,
)
from guardrail.intercept.reading import Reading
from guardrail.ruleset import Surface

BEFORE = [
    ("Set-Cookie", "a=1"),
    ("content-type", "application/json"),
    ("ETag", '"x"'),
    ("Set-Cookie", "b=2"),
    ("Content-Length", "70"),
    ("LAST-MODIFIED", "yesterday"),
    ("X-Shop", "1"),
]


def test_a_new_body_has_its_own_length_and_no_old_validators() -> None:
    """What was true of the app's bytes goes; the rest keeps order, spelling and value."""
    assert for_new_body(BEFORE, 5) == [
        ("Set-Cookie", "a=1"),
        ("content-type", "application/json"),
        ("Set-Cookie", "b=2"),
        ("Content-Length", "5"),
        ("X-Shop", "1"),
    ]


def test_every_digest_of_the_old_body_goes() -> None:
    """A digest or signature that no longer fits would make clients refuse the response."""
    digests = ["Content-MD5", "Digest", "Repr-Digest", "Content-Digest"]
    signatures = ["Signature", "Signature-Input"]
    names = [*digests, *signatures, "Accept-Ranges", "Content-Range", "Content-Encoding"]
    assert for_new_body([(name, "x") for name in names], 0) == [("Content-Length", "0")]


def test_a_length_said_twice_is_said_once() -> None:
    """Two lengths are an attack on whoever reads the connection."""
    assert sized([("Content-Length", "1"), ("content-length", "2")], 3) == [("Content-Length", "3")]


def test_head_says_nothing_about_a_body_not_known_yet() -> None:
    """Length and validators of the unguarded body are no use; the rest stays."""
    assert for_head([*BEFORE, ("Content-Encoding", "gzip")]) == [
        ("Set-Cookie", "a=1"),
        ("content-type", "application/json"),
        ("Set-Cookie", "b=2"),
        ("X-Shop", "1"),
        ("Content-Encoding", "gzip"),
    ]


def test_no_cache_is_told_that_it_may_keep_a_personal_response() -> None:
    """Neither by Cache-Control nor by what shared caches obey before it."""
    said = [
        ("Cache-Control", "public, max-age=60"),
        ("Expires", "tomorrow"),
        ("Pragma", "cache"),
        ("Surrogate-Control", "max-age=60"),
        ("X-Accel-Expires", "60"),
        ("CDN-Cache-Control", "max-age=60"),
        ("Cloudflare-CDN-Cache-Control", "max-age=60"),
        ("cache-control", "immutable"),
        ("Vary", "Cookie"),
    ]
    assert not_shared(said) == [("Cache-Control", "private, no-store"), ("Vary", "Cookie")]
    assert not_shared([]) == [("Cache-Control", "private, no-store")]


def test_a_blank_is_read_as_json_by_the_client() -> None:
    """Only a type that would make a client read it otherwise is replaced."""
    fine = [("Content-Type", "application/ld+json; charset=UTF-8")]
    assert as_json(fine) == fine
    for wrong in ("text/html", "application/json; charset=utf-16", ""):
        assert as_json([("content-type", wrong)]) == [("content-type", "application/json")]
    assert as_json([]) == [("Content-Type", "application/json")]


names = st.sampled_from(["Set-Cookie", "set-cookie", "Vary", "X-A", "Link", "ETag", "Expires"])


@given(headers=st.lists(st.tuples(names, st.sampled_from("abc"))))
def test_headers_that_nothing_is_said_of_are_never_touched(headers: list[tuple[str, str]]) -> None:
    """Cookies and the like survive every change, in order."""

    def others(some: list[tuple[str, str]]) -> list[tuple[str, str]]:
        gone = {"etag", "expires", "content-length", "cache-control", "content-type"}
        return [h for h in some if h[0].lower() not in gone]

    changed = as_json(not_shared(for_new_body(headers, 9)))
    assert others(changed) == others(headers)
    assert by_name(changed)["content-length"] == "9"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        (" EN ", "en"),
        ("de, en", "fr"),
        ("", "fr"),
        (None, "fr"),
    ],
)
def test_the_language_of_a_response_is_that_of_its_copy(said: str | None, language: str) -> None:
    """Where it is a single one; else the surface's holds."""
    headers = [] if said is None else [("Content-Language", said)]
    read = Reading("200 OK", headers, limit=10)
    surface = in_language(Surface("home", copy_language="fr"), read.language)
    assert surface.copy_language == language


def test_a_length_said_twice_is_said_once_in_one_go_too() -> None:
    """As step by step."""
    twice = [("Content-Length", "1"), ("content-length", "2")]
    assert rewritten(twice, 3) == [("Content-Length", "3")]


@given(
    headers=st.lists(st.tuples(names, st.sampled_from("abc"))),
    of_new_body=st.booleans(),
    private=st.booleans(),
)
def test_rewriting_in_one_go_is_the_same_as_step_by_step(
    headers: list[tuple[str, str]], of_new_body: bool, private: bool
) -> None:
    """Only quicker."""
    steps = for_new_body(headers, 9) if of_new_body else sized(headers, 9)
    expected = not_shared(steps) if private else steps
    assert rewritten(headers, 9, of_new_body=of_new_body, private=private) == expected
