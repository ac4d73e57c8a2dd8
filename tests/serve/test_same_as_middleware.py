"""The same items for the same customer on the same surface: the same outcome, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail import GuardrailMiddleware
from guardrail.serve import ReviewService
from tests.serve.asking import NOW, RULES, ask, environ_of, make_service, rules_in

SURFACES = {
    "home": (("items",), {}),
    "ads": (("items",), {}),
    "passing": (("items",), {}),
    "blanked": (("items",), {}),
    "lists": (("results", 0, "hits"), {"id": "sku", "title": "name"}),
}
texts = st.text(st.characters(codec="utf-8"), max_size=8)
signals = st.fixed_dictionaries(
    {},
    optional={
        "data": st.sampled_from(["search_history", "purchase_history", "likes", "nonsense"]),
        "method": st.sampled_from(["declared", "observed", "inferred", "modeled"]),
        "party": st.sampled_from(["first", "third", 3]),
        "depth": st.integers(-1, 5),
    },
)
items = st.fixed_dictionaries(
    {"id": texts | st.integers() | st.none()},
    optional={
        "title": texts,
        "categories": st.lists(st.sampled_from(["health.pregnancy", "garden", "305"]), max_size=2),
        "signals": st.lists(signals, max_size=2),
        "campaign": st.sampled_from(["c-1", "c-2"]),
        "price": st.floats(allow_nan=False, allow_infinity=False),
        "extra": st.dictionaries(texts, st.integers() | texts, max_size=2),
    },
)
things = st.lists(items | st.integers() | st.none(), max_size=5)
choices = st.fixed_dictionaries(
    {},
    optional={
        "tolerance": st.sampled_from(
            ["strict", "balanced", "relaxed", "none such", 0, 55, 100, -1]
        ),
        "personalisation": st.booleans(),
        "age_band": st.sampled_from(["child", "adult", "elderly"]),
        "consent": st.dictionaries(st.sampled_from(["health", "third_party"]), st.booleans()),
        "topics_off": st.lists(st.sampled_from(["health", "garden"]), max_size=2),
        "gpc": st.booleans(),
    },
)


class Pair(NamedTuple):
    """Two guards over the same rules that share nothing else."""

    service: ReviewService
    middleware: GuardrailMiddleware
    app: Any

    def served(self, asked: dict[str, Any], path: str, body: bytes, *, gpc: bool) -> Any:
        """What the middleware sends, and its decision."""
        self.app.body, self.app.customer = body, asked["customer"]
        extra = {"HTTP_SEC_GPC": "1"} if gpc else {}
        environ = environ_of("GET", path, b"", **extra)
        iterable = self.middleware(environ, lambda *_: lambda _: None)
        sent = b"".join(iterable)
        iterable.close()
        return sent, environ["guardrail.decision"].to_dict()


class App:
    body = b""
    customer: object = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["guardrail.customer"] = self.customer
        start_response("200 OK", [("Content-Type", "application/json")])
        return [self.body]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("pair")
    service = make_service(folder)
    app = App()
    rules = rules_in(folder / "rules", RULES)
    middleware = GuardrailMiddleware(app, rules=rules, clock=lambda: NOW)
    yield Pair(service, middleware, app)
    service.close()
    middleware.guard.close()


def wrapped(listed: object, path: tuple[Any, ...]) -> Any:
    for key in reversed(path):
        listed = [listed] if key == 0 else {key: listed}
    return listed


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def renamed(thing: Any, names: dict[str, str]) -> Any:
    return {names.get(k, k): v for k, v in thing.items()} if isinstance(thing, dict) else thing


def without_its_own(decision: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in decision.items() if k not in ("decision_id", "kept", "body")}


people = st.one_of(
    st.none(),
    st.integers(1, 3),
    st.sampled_from(["c-1", "c-2"]),
    choices,
    st.builds(lambda said, i: {**said, "id": i}, choices, st.sampled_from(["c-1", 2, None])),
)


@settings(max_examples=120)
@given(
    surface=st.sampled_from(sorted(SURFACES)),
    listed=things,
    customer=people,
    gpc=st.booleans(),
)
def test_items_have_the_same_outcome(
    pair: Pair, surface: str, listed: list[Any], customer: Any, gpc: bool
) -> None:
    """Decision and kept items; caps go on counting alike from one example to the next."""
    path, names = SURFACES[surface]
    listed = [renamed(thing, names) for thing in listed]
    asked = {"surface": surface, "customer": customer, "items": listed}
    body = json.dumps(wrapped(listed, path)).encode()
    sent, decision = pair.served(asked, f"/{surface}", body, gpc=gpc)
    extra = {"HTTP_SEC_GPC": "1"} if gpc else {}
    told = ask(pair.service, given=asked, **extra).json
    assert without_its_own(told) == without_its_own(decision)
    assert told["kept"] == at(json.loads(sent), path)


@settings(max_examples=120)
@given(
    surface=st.sampled_from(sorted(SURFACES)),
    body=st.one_of(
        st.tuples(st.just(True), things),
        st.tuples(st.just(False), st.dictionaries(texts, texts, max_size=2) | things),
    ),
    as_text=st.booleans(),
    customer=people,
    space=st.sampled_from(["", " ", "\n"]),
)
def test_bodies_have_the_same_outcome(
    pair: Pair, surface: str, body: tuple[bool, Any], as_text: bool, customer: Any, space: str
) -> None:
    """Byte for byte, where it was sent as a text; readable or not."""
    fits, value = body
    path, names = SURFACES[surface]
    if fits:
        value = wrapped([renamed(thing, names) for thing in value], path)
    text = json.dumps(value, separators=("," + space, ":"))
    sent, decision = pair.served({"customer": customer}, f"/{surface}", text.encode(), gpc=False)
    asked = {"surface": surface, "customer": customer, "body": text if as_text else value}
    told = ask(pair.service, given=asked).json
    assert without_its_own(told) == without_its_own(decision)
    if as_text:
        assert told["body"].encode() == sent
    else:
        assert told["body"] == json.loads(sent)
