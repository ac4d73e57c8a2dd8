"""Which surface a request belongs to."""

import pytest

from guardrail import routes as routing
from guardrail.routes import Routes
from guardrail.ruleset import Surface

ROUTES = Routes(
    [
        Surface("unrouted"),
        Surface("home", path="/api/recommendations"),
        Surface("post", path="/api/post", methods=("POST",)),
        Surface("one", path="/shelf/*"),
        Surface("deep", path="/deep/**", methods=("GET",)),
        Surface("ends", path="/a/**/z"),
        Surface("part", path="/feed-*.json"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/api/recommendations", "home"),
        ("HEAD", "/api/recommendations", "home"),
        ("POST", "/api/recommendations", None),
        ("GET", "/api/recommendations/", None),
        ("GET", "/api/Recommendations", None),
        ("POST", "/api/post", "post"),
        ("HEAD", "/api/post", None),
        ("GET", "/shelf/garden", "one"),
        ("GET", "/shelf/", "one"),
        ("GET", "/shelf", None),
        ("GET", "/shelf/garden/tools", None),
        ("HEAD", "/shelf/garden", "one"),
        ("GET", "/deep", "deep"),
        ("GET", "/deep/a/b/c", "deep"),
        ("GET", "/deeper", None),
        ("GET", "/a/z", "ends"),
        ("GET", "/a/b/c/z", "ends"),
        ("GET", "/a/b/c", None),
        ("GET", "/feed-1.json", "part"),
        ("GET", "/feed-1xjson", None),
        ("GET", "/shelf/garden\n", "one"),
        ("GET", "/", None),
    ],
)
def test_a_request_belongs_to_the_surface_that_its_method_and_path_match(method, path, name):
    """Exact, `*` for one segment, `**` for any number; GET includes HEAD."""
    surface = ROUTES.find(method, path)
    assert (surface.name if surface else None) == name


def test_an_exact_path_wins_over_a_pattern():
    """The more exact one is meant."""
    routes = Routes([Surface("any", path="/**"), Surface("one", path="/x")])
    assert routes.find("GET", "/x").name == "one"
    assert routes.find("GET", "/y").name == "any"


def test_paths_that_are_remembered_are_bounded(monkeypatch):
    """A scan of a site does not fill the memory."""
    monkeypatch.setattr(routing, "_REMEMBERED", 3)
    routes = Routes([Surface("any", path="/**")])
    for n in range(10):
        assert routes.of("GET", f"/{n}").name == "any"
    assert 0 < len(routes._seen) <= 3


def test_a_path_too_long_to_be_remembered_is_found_all_the_same():
    """Nobody fills the memory with a few requests."""
    routes = Routes([Surface("any", path="/**")])
    assert routes.of("GET", "/" + "x" * 2_000).name == "any"
    assert not routes._seen


ALIKE = Routes(
    [
        Surface("home", path="/api/Recommendations", on_failure="blank"),
        Surface("one", path="/Shelf/*"),
        Surface("post", path="/api/post", methods=("POST",)),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/api/recommendations", "home"),
        ("get", "/api/Recommendations", "home"),
        ("head", "//api/./recommendations//", "home"),
        ("GET", "/x/../api;v=1/%52ecommendations.", "home"),
        ("GET", "\\api\\recommendations ", "home"),
        ("GET", "/../../api/recommendations", "home"),
        ("GET", "http://shop:80/api/recommendations", "home"),
        ("POST", "/api/recommendations", None),
        ("post", "/API/POST", "post"),
        ("GET", "/shelf/Garden/", "one"),
        ("GET", "/shelf", None),
        ("GET", "/api", None),
        ("GET", "/", None),
        ("GET", "", None),
    ],
)
def test_a_request_that_some_app_reads_alike_belongs_to_the_surface_too(method, path, name):
    """Judged where it can be read; it may be another page, so what can't be read passes."""
    surface = ALIKE.find_alike(method, path)
    assert (surface.name if surface else None) == name
    assert surface is None or surface.on_failure == "pass"


@pytest.mark.parametrize(
    "path", ["/api/Recommendations", "/API/recommendations", "/else", "/Shelf/x"]
)
def test_what_was_found_once_is_found_again(path):
    """As it stands first, then as some app may read it."""
    exact = ALIKE.find("GET", path)
    expected = ALIKE.find_alike("GET", path) if exact is None else exact
    for _ in range(2):
        assert ALIKE.of("GET", path) is expected
