"""Requests that are refused: each says what was wrong, where, and what would be right."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from guardrail.config import ConfigError
from guardrail.serve import ReviewService, create
from tests.serve.asking import AD, HOME, TOKEN, Answered, ask, make_service, rules_in

ITEMS = b'{"items": []}'


def problem(answered: Answered, status: int) -> Any:
    """What the answer says, once it is one as RFC 9457 has it."""
    assert answered.status == status, answered.body
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.headers["cache-control"] == "no-store"
    told = answered.json
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert told["title"]
    assert len(told["detail"]) > 10
    return told


class TestTokens:
    @pytest.mark.parametrize(
        "authorization",
        [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \xe9"],
    )
    @pytest.mark.parametrize("path", ["/v1/review", "/v1/review-many"])
    def test_without_a_known_token_nothing_is_judged(
        self, service: ReviewService, path: str, authorization: str | None
    ) -> None:
        """401 comes before the body is looked at, and does not repeat what was sent."""
        answered = ask(service, path, b"{", HTTP_AUTHORIZATION=authorization)
        problem(answered, 401)
        assert answered.headers["www-authenticate"].startswith('Bearer realm="guardrail"')
        assert TOKEN.encode() not in answered.body

    def test_each_of_several_tokens_opens(self, tmp_path: Path) -> None:
        """So that they can be exchanged; in any case of the scheme's name."""
        service = make_service(tmp_path, token=f"another-token-of-tests, {TOKEN}")
        for token in ("another-token-of-tests", TOKEN):
            for scheme in ("Bearer", "bearer"):
                answered = ask(service, given=HOME, HTTP_AUTHORIZATION=f"{scheme} {token}")
                assert answered.status == 200
        problem(ask(service, given=HOME, HTTP_AUTHORIZATION="Bearer another-token"), 401)
        service.close()

    def test_a_file_may_hold_them(self, tmp_path: Path) -> None:
        """One on each line; comments and empty lines are skipped."""
        file = tmp_path / "tokens"
        file.write_text(f"# old\n{TOKEN}\n\n  another-token-of-tests  \n", encoding="utf-8")
        service = make_service(tmp_path, token=None, token_file=file)
        for token in ("another-token-of-tests", TOKEN):
            assert ask(service, given=HOME, HTTP_AUTHORIZATION=f"Bearer {token}").status == 200
        service.close()

    @pytest.mark.parametrize(
        ("token", "says"),
        [
            (None, "GUARDRAIL_SERVE_TOKEN"),
            ("", "is empty"),
            ("too-short", "fewer than 16"),
            ("this-one-would-be-fine,short", "fewer than 16"),
            ("with a space in between", "no token"),
            ("this-one-would-be-fine,", "no token"),
        ],
    )
    def test_without_a_good_token_it_does_not_start(
        self, tmp_path: Path, token: str | None, says: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And the error does not show it."""
        monkeypatch.delenv("GUARDRAIL_SERVE_TOKEN", raising=False)
        with pytest.raises(ConfigError, match=says) as error:
            create(rules=rules_in(tmp_path / "rules"), token=token)
        assert not token or token not in str(error.value)

    @pytest.mark.parametrize("content", [b"", b"# none\n\n", b"\xff\xfe"])
    def test_a_file_without_tokens_is_an_error(self, tmp_path: Path, content: bytes) -> None:
        """It names the file."""
        file = tmp_path / "tokens"
        file.write_bytes(content)
        with pytest.raises(ConfigError, match="tokens"):
            make_service(tmp_path, token=None, token_file=file)
        with pytest.raises(ConfigError, match="not both"):
            make_service(tmp_path, token=TOKEN, token_file=file)

    def test_the_environment_may_give_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As any setting; and the settings do not show it."""
        monkeypatch.setenv("GUARDRAIL_SERVE_TOKEN", TOKEN)
        service = make_service(tmp_path, token=None)
        assert ask(service, given=HOME).status == 200
        assert TOKEN not in repr(service.guard.settings)
        service.close()


class TestPaths:
    @pytest.mark.parametrize("path", ["/", "", "/v1/reviews", "/v1/review/", "/V1/review"])
    def test_another_path_is_not_there(self, service: ReviewService, path: str) -> None:
        """The paths that are there are named."""
        assert "/v1/review-many" in problem(ask(service, path), 404)["detail"]

    @pytest.mark.parametrize(
        ("path", "method", "allowed"),
        [
            ("/v1/review", "GET", "POST"),
            ("/v1/review-many", "PUT", "POST"),
            ("/v1/review", "OPTIONS", "POST"),
            ("/v1/health", "POST", "GET, HEAD"),
            ("/openapi.json", "DELETE", "GET, HEAD"),
        ],
    )
    def test_another_method_is_refused(
        self, service: ReviewService, path: str, method: str, allowed: str
    ) -> None:
        """`Allow` says which there are."""
        answered = ask(service, path, method=method)
        problem(answered, 405)
        assert answered.headers["allow"] == allowed


class TestBodies:
    @pytest.mark.parametrize(
        "content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "json"]
    )
    def test_what_is_not_json_is_refused(
        self, service: ReviewService, content_type: str | None
    ) -> None:
        """So no plain form of another page can ask."""
        problem(ask(service, given=ITEMS, CONTENT_TYPE=content_type), 415)

    @pytest.mark.parametrize(
        "extra",
        [
            {"CONTENT_TYPE": "application/json; charset=latin-1"},
            {"HTTP_CONTENT_ENCODING": "gzip"},
        ],
    )
    def test_other_encodings_are_refused(
        self, service: ReviewService, extra: dict[str, str]
    ) -> None:
        """JSON is UTF-8, and nothing is unpacked."""
        problem(ask(service, given=ITEMS, **extra), 415)

    @pytest.mark.parametrize(
        "extra",
        [
            {"CONTENT_TYPE": "Application/JSON ; Charset=UTF-8"},
            {"CONTENT_TYPE": "application/vnd.shop+json; charset"},
            {"HTTP_CONTENT_ENCODING": "identity"},
        ],
    )
    def test_json_by_another_name_is_read(
        self, service: ReviewService, extra: dict[str, str]
    ) -> None:
        """In any case."""
        assert ask(service, given=ITEMS, **extra).status == 200

    def test_a_length_is_asked_for(self, service: ReviewService) -> None:
        """Unless the server knows where the body ends."""
        problem(ask(service, given=ITEMS, CONTENT_LENGTH=None), 411)
        ended = {"CONTENT_LENGTH": None, "wsgi.input_terminated": True}
        assert ask(service, given=ITEMS, **ended).status == 200

    @pytest.mark.parametrize("length", ["-1", "1.5", "x", "٣", "1_0"])
    def test_a_length_is_a_number(self, service: ReviewService, length: str) -> None:
        """Of ASCII digits."""
        answered = ask(lambda e, s: service({**e, "CONTENT_LENGTH": length}, s), given=ITEMS)
        problem(answered, 400)

    def test_a_long_body_is_refused_unread(self, tmp_path: Path) -> None:
        """By its stated length, or by what comes."""
        service = make_service(tmp_path, max_body_bytes=60)
        fits = b'{"items": []}'.ljust(60)
        assert ask(service, given=fits).status == 200
        assert "60 bytes" in problem(ask(service, given=fits + b" "), 413)["detail"]
        problem(ask(service, given=ITEMS, CONTENT_LENGTH="9" * 400), 413)
        ended = {"CONTENT_LENGTH": None, "wsgi.input_terminated": True}
        assert ask(service, given=fits, **ended).status == 200
        problem(ask(service, given=fits + b" ", **ended), 413)
        service.close()

    def test_a_body_that_ends_early_is_refused(self, service: ReviewService) -> None:
        """Or that can't be read to its end."""

        class Lost(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                raise ConnectionError("c-1001 hung up")

        problem(ask(service, given=ITEMS, CONTENT_LENGTH="99"), 400)
        answered = ask(service, given=ITEMS, **{"wsgi.input": Lost()})
        assert "c-1001" not in problem(answered, 400)["detail"]


class TestJson:
    @pytest.mark.parametrize(
        ("body", "pointer", "says"),
        [
            (b"", "", "empty"),
            (b"  \n", "", "empty"),
            (b"{", "", "not JSON"),
            (b'{"items": [NaN]}', "", "not JSON"),
            (b'{"items": []} {}', "", "not JSON"),
            (b'{"items": ["\xff"]}', "", "not UTF-8 (byte 12)"),
            (b'{"items": ' + b"[" * 5000 + b"]" * 5000 + b"}", "", "too deep"),
            (b"[]", "", "object"),
            (b'"items"', "", "object"),
            (b"{}", "", '"items"'),
            (b'{"items": [], "body": {}}', "", "one of both"),
            (b'{"items": {}}', "/items", "array"),
            (b'{"items": null}', "/items", "array"),
            (b'{"body": null}', "/body", "object, an array, or a text"),
            (b'{"body": 1.5}', "/body", "object, an array, or a text"),
            (b'{"items": [], "surface": 1}', "/surface", "text"),
            (b'{"items": [], "customer": []}', "/customer", "id"),
            (b'{"items": [], "customer": 1.5}', "/customer", "id"),
            (b'{"items": [], "customer": true}', "/customer", "id"),
            (b'{"items": [], "customer": ""}', "/customer", "id"),
            (b'{"items": [], "session": ""}', "/session", "200"),
            (b'{"items": [], "session": 7}', "/session", "200"),
            (b'{"items": [], "session": "%s"}' % (b"s" * 201), "/session", "200"),
            (b'{"items": [], "count": 1}', "/count", "true"),
            (b'{"item": []}', "/item", "did you mean 'items'"),
            (b'{"items": [], "a/b~c": 1}', "/a~1b~0c", "it may have surface, customer"),
            (b'{"items": [], "items": []}', "/items", "twice"),
            (b'{"items": [1], "items": []}', "/items", "twice"),
            (b'{"customer": 12, "items": [], "customer": 1}', "/customer", "twice"),
            (b'{"customer": 1, "items": [], "customer": 12}', "/customer", "twice"),
            (b'{"items": [], "it\\u0065ms": []}', "/items", "twice"),
        ],
    )
    def test_each_mistake_is_named_with_its_place(
        self, service: ReviewService, body: bytes, pointer: str, says: str
    ) -> None:
        """400, with a JSON pointer."""
        told = problem(ask(service, given=body), 400)
        assert told["pointer"] == pointer
        assert says in told["detail"]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            (b"{}", "/reviews"),
            (b'{"reviews": {}}', "/reviews"),
            (b'{"review": []}', "/review"),
            (b'{"reviews": [{"items": []}, 3]}', "/reviews/1"),
            (b'{"reviews": [ {"items": []} , {"items": 3} ]}', "/reviews/1/items"),
            (b'{"reviews": [' + b",".join([b"{}"] * 1001) + b"]}", "/reviews"),
        ],
    )
    def test_of_several_the_pointer_names_the_one(
        self, service: ReviewService, body: bytes, pointer: str
    ) -> None:
        """By its place in the array."""
        assert problem(ask(service, "/v1/review-many", body), 400)["pointer"] == pointer

    def test_one_that_is_wrong_refuses_all_before_anything_counts(
        self, service: ReviewService
    ) -> None:
        """So the whole can be sent again."""
        ad = {"surface": "ads", "customer": "c-1", "items": [AD]}
        wrong = {"surface": "adds", "items": []}
        told = problem(ask(service, "/v1/review-many", {"reviews": [ad, wrong]}), 422)
        assert told["pointer"] == "/reviews/1/surface"
        assert len(ask(service, given=ad).json["kept"]) == 1

    def test_an_unknown_surface_is_unprocessable(self, service: ReviewService) -> None:
        """With what was probably meant, and all that there are."""
        told = problem(ask(service, given={"surface": "hoem", "items": []}), 422)
        assert told["pointer"] == "/surface"
        assert "did you mean 'home'?" in told["detail"]
        assert "ads, blanked, default, home" in told["detail"]

    def test_nothing_that_was_sent_is_repeated(self, service: ReviewService) -> None:
        """No id, whatever is wrong."""
        for given in (
            {"surface": "c-1001", "items": []},
            {"items": "c-1001"},
            {"body": 3, "customer": "c-1001"},
            {"items": [], "customer": ["c-1001"]},
            {"items": [], "customer": "c-1001", "session": ["c-1001"]},
        ):
            answered = ask(service, given=given)
            assert answered.status in (400, 422)
            assert b"c-1001" not in answered.body

    def test_a_mark_and_spaces_around_are_read(self, service: ReviewService) -> None:
        """A byte order mark is allowed."""
        assert ask(service, given=b"\xef\xbb\xbf \n" + ITEMS + b"\n").status == 200


def test_a_mistake_of_our_own_is_told_without_its_text(
    service: ReviewService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 where it is outside of a review; the log names the place alone."""
    given = {**HOME, "customer": "c-1001"}

    def break_down(*_: object) -> None:
        raise ValueError(given["customer"])

    monkeypatch.setattr("guardrail.serve.asked.one", break_down)
    told = problem(ask(service, given=given), 500)
    assert "c-1001" not in json.dumps(told) + caplog.text
    assert "ValueError (text withheld)" in caplog.text


class TestOrigins:
    SHOP = "https://desk.shop.example"

    def preflight(self, service: ReviewService, origin: str, path: str = "/v1/review") -> Answered:
        return ask(
            service,
            path,
            method="OPTIONS",
            HTTP_ORIGIN=origin,
            HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
            HTTP_AUTHORIZATION=None,
        )

    def test_no_page_may_ask_unless_it_is_named(self, service: ReviewService) -> None:
        """Nothing is said of origins then."""
        answered = ask(service, given=HOME, HTTP_ORIGIN=self.SHOP)
        assert not [name for name in answered.headers if name.startswith("access-control")]
        problem(self.preflight(service, self.SHOP), 405)

    def test_a_named_page_may(self, tmp_path: Path) -> None:
        """Refusals can be read, too; other pages get nothing."""
        service = make_service(tmp_path, allow_origin=["http://localhost:3000", self.SHOP])
        preflight = self.preflight(service, self.SHOP)
        assert preflight.status == 204
        assert preflight.headers["access-control-allow-origin"] == self.SHOP
        assert preflight.headers["access-control-allow-headers"] == "Authorization, Content-Type"
        assert preflight.headers["access-control-allow-methods"] == "POST"
        problem(self.preflight(service, self.SHOP, "/nowhere"), 404)
        for given, status in ((HOME, 200), ({}, 400)):
            answered = ask(service, given=given, HTTP_ORIGIN=self.SHOP)
            assert answered.status == status
            assert answered.headers["access-control-allow-origin"] == self.SHOP
            assert answered.headers["vary"] == "Origin"
        other = ask(service, given=HOME, HTTP_ORIGIN=self.SHOP + ".evil.example")
        assert "access-control-allow-origin" not in other.headers
        assert other.headers["vary"] == "Origin"
        problem(self.preflight(service, "https://evil.example"), 405)
        service.close()

    @pytest.mark.parametrize("origin", ["*", "null", "desk.shop.example", "https://a.example/x"])
    def test_what_is_no_origin_is_an_error_at_the_start(self, tmp_path: Path, origin: str) -> None:
        """`*` would be everybody."""
        with pytest.raises(ConfigError, match="no origin"):
            make_service(tmp_path, allow_origin=[origin])
