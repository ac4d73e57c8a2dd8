"""`guardrail score --batch`: customers in, what to send them out, and what is told of the rest."""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from redis_server import RedisServer

from cli.conftest import PERSONAL, PLAIN, Run
from guardrail.cli.bar import Bar, size_of, span
from guardrail.cli.stopping import Stopping

NOTHING_COUNTED = "guardrail: nothing was counted; what is to be sent is made with --count"


def letter(customer: object, *items: str) -> str:
    listed = ", ".join(items)
    return f'{{"customer": {json.dumps(customer)}, "items": [{listed}]}}\n'


def told(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def errors(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]


def verdicts(line: Any) -> list[str]:
    return [verdict["verdict"] for verdict in line["items"]]


def test_each_customer_is_a_line_with_what_to_send(run: Run) -> None:
    """The decision, the kept items, the number of the line, and no customer's id."""
    stdin = letter({"id": "anna-1001"}, PLAIN, PERSONAL) + "\n" + letter("bob-1002", PERSONAL)
    result = run("score", "--batch", "--surface", "home", stdin=stdin)
    assert result.exit_code == 0
    first, second = told(result)
    assert (first["line"], second["line"]) == (1, 3)
    assert verdicts(first) == ["allow", "suppress"]
    assert first["kept"] == [{"id": "s", "title": "Socks"}]
    assert (second["kept"], second["outcome"]) == ([], "guarded")
    assert {"decision_id", "revision", "surface", "mode", "at", "counts"} <= set(first)
    assert "1001" not in result.output
    assert "1002" not in result.output
    assert result.stderr.splitlines() == ["guardrail: 2 customers, 0 bad lines", NOTHING_COUNTED]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not json", "not JSON"),
        ("[]", "Expected 'object'"),
        (PLAIN, "missing required field 'customer'"),
        ('{"customer": "c-77"}', "missing required field 'items'"),
        ('{"customer": "c-77", "items": {"id": 1}}', "Expected 'array'"),
        ('{"customer": ["c-77"], "items": []}', "neither an id nor an object"),
        ('{"customer": true, "items": []}', "neither an id nor an object"),
        ('{"customer": 7.5, "items": []}', "neither an id nor an object"),
        ('{"customer": "c-77", "items": ' + "[" * 5000 + "]" * 5000 + "}", "nested too deep"),
        ('{"customer": "c-77", "items": [1e999]}', "out of range"),
    ],
)
def test_a_bad_line_is_told_and_the_rest_goes_on(run: Run, line: str, says: str) -> None:
    """With its number and what would be right; exit code 1; nothing of the line is repeated."""
    stdin = f"{letter('a', PLAIN)}{line}\n{letter('b', PLAIN)}"
    result = run("score", "--batch", stdin=stdin)
    assert result.exit_code == 1
    assert [one["line"] for one in told(result)] == [1, 3]
    (error,) = errors(result)
    assert error["line"] == 2
    assert says in error["error"]
    assert "c-77" not in result.stderr
    assert "guardrail: 2 customers, 1 bad line\n" in result.stderr


def test_bytes_that_are_no_text_and_lines_without_end_are_bad_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latter are skipped without being held in memory."""
    monkeypatch.setattr("guardrail.cli.lines.LONGEST_LINE", 120)
    stdin = b'{"customer": "\xff", "items": []}\n' + letter("a", PLAIN, PLAIN, PLAIN).encode()
    result = run("score", "--batch", stdin=stdin + letter("b", PLAIN).encode())
    assert [error["line"] for error in errors(result)] == [1, 2]
    assert "UTF-8" in errors(result)[0]["error"]
    assert [one["line"] for one in told(result)] == [3]


def test_half_a_character_does_not_make_a_line_bad(run: Run) -> None:
    """A title that was cut within an emoji is read as everywhere."""
    half = '{"id": "x", "title": "cut \\ud83d", "signals": []}'
    (line,) = told(run("score", "--batch", stdin=letter("a", half)))
    assert line["kept"][0]["title"] == "cut \ufffd"


def test_nobody_known_is_null_and_counted_as_nameless(run: Run) -> None:
    """The strictest preset holds, and the end says that no cap could be kept."""
    result = run("score", "--batch", stdin=letter(None, PLAIN) + letter({}, PLAIN))
    assert result.exit_code == 0
    assert "2 customers without an id: no cap was kept for them" in result.stderr


def test_only_bad_lines_are_problems_and_an_empty_input_is_nothing(run: Run) -> None:
    """Exit codes 1 and 3."""
    assert run("score", "--batch", stdin="{}\n").exit_code == 1
    empty = run("score", "--batch", stdin="\n \n")
    assert empty.exit_code == 3
    assert '{"customer": {"id": "c-1"}' in empty.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--batch", "--customer", '"c"'], "leave --customer away"),
        (["--batch", "--count"], "--redis-url or GUARDRAIL_REDIS_URL"),
        (["--batch", "--surface", "hom"], "did you mean 'home'?"),
        (["--count"], "belong to --batch"),
        (["--redis-url", "redis://localhost"], "belong to --batch"),
        (["--batch", "--redis-url", "redis://localhost"], "GUARDRAIL_SECRET"),
    ],
)
def test_bad_arguments_are_told_what_would_be_right(
    run: Run, arguments: list[str], says: str
) -> None:
    """Exit code 2, one line, nothing judged."""
    result = run("score", *arguments, stdin=letter("a", PLAIN))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_moment_may_be_given(run: Run) -> None:
    """As for single items."""
    result = run("score", "--batch", "--now", "2026-11-22T10:00:00Z", stdin=letter("a", PLAIN))
    assert told(result)[0]["at"] == "2026-11-22T10:00:00Z"


def test_a_catalogue_tells_what_bare_items_are(run: Run, folder: Path) -> None:
    """As for single items."""
    (folder / "items.csv").write_text("id,categories\np,health.pregnancy\n")
    signals = '"signals": [{"data": "likes", "method": "observed"}]'
    stdin = letter("a", f'{{"id": "p", {signals}}}', '{"id": "q"}')
    result = run("score", "--batch", "--catalog", "items.csv", stdin=stdin)
    assert verdicts(told(result)[0]) == ["suppress", "allow"]
    assert "1 of 2 items were not in the catalogue" in result.stderr


@pytest.mark.usefixtures("shared_redis")
class TestWithRedis:
    """Impressions are shared with the app; the cap is one a day."""

    def test_a_trial_uses_nothing_up_and_counting_does(self, run: Run) -> None:
        """Twice tried, then sent once, then capped; the third line is the first again."""
        stdin = letter("a", PLAIN) + letter("b", PLAIN) + letter("a", PLAIN)
        batch = ("score", "--batch", "--surface", "home")
        for _ in range(2):
            tried = told(run(*batch, stdin=stdin))
            assert [verdicts(one) for one in tried] == [["allow"]] * 3
        sent = run(*batch, "--count", stdin=stdin)
        assert sent.exit_code == 0
        assert [verdicts(one) for one in told(sent)] == [["allow"], ["allow"], ["suppress"]]
        assert sent.stderr == "guardrail: 3 customers, 0 bad lines\n"
        again = told(run(*batch, stdin=stdin))
        assert [verdicts(one) for one in again] == [["suppress"]] * 3
        assert again[0]["items"][0]["capped_by"] == "daily"

    def test_what_is_sent_is_in_the_stats_and_what_is_tried_is_not(self, run: Run) -> None:
        """Two customers were sent something."""
        stdin = letter("a", PLAIN) + letter("b", PERSONAL)
        run("score", "--batch", "--surface", "home", stdin=stdin)
        assert run("stats").exit_code == 3
        run("score", "--batch", "--surface", "home", "--count", stdin=stdin)
        stats = json.loads(run("stats", "--format", "json").stdout)
        assert stats["surfaces"]["home"]["enforce"] == {"allow": 1, "suppress": 1}


@pytest.fixture
def long_input(folder: Path) -> Path:
    """Five hundred customers."""
    path = folder / "letters.ndjson"
    path.write_text("".join(letter(f"c{n}", PLAIN) for n in range(500)))
    return path


@pytest.mark.usefixtures("shared_redis")
def test_redis_goes_away_and_the_rest_goes_out_by_on_failure(
    run: Run, redis_server: RedisServer, long_input: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines say so, the end counts them, exit code 4."""
    monkeypatch.setattr("guardrail.service.batch.CUSTOMERS_PER_CHUNK", 100)
    from guardrail.cli import batch

    real, count = batch.read_letter, itertools.count()

    def read_letter(line: Any) -> Any:
        if next(count) == 200:
            redis_server.stop()
        return real(line)

    monkeypatch.setattr(batch, "read_letter", read_letter)
    result = run("score", "--batch", "--count", "--surface", "home", str(long_input))
    assert result.exit_code == 4
    lines = told(result)
    assert [one["line"] for one in lines] == list(range(1, 501))
    assert all(verdicts(one) == ["allow"] for one in lines)
    assert [bool(one.get("problems")) for one in lines] == [False] * 200 + [True] * 300
    assert "Redis was not reached for 300 customers" in result.stderr


def test_a_customer_who_cannot_be_judged_is_told_in_the_end(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own mistake is a problem, exit code 1, and the others go out."""
    from guardrail.service import batch

    real = batch.read_objects

    def fails_for_socks(items: Any, surface: Any) -> Any:
        if items[0]["id"] == "s":
            raise RuntimeError
        return real(items, surface)

    monkeypatch.setattr(batch, "read_objects", fails_for_socks)
    result = run("score", "--batch", stdin=letter("a", PLAIN) + letter("b", PERSONAL))
    assert result.exit_code == 1
    assert [one["outcome"] for one in told(result)] == ["failed(RuntimeError)", "guarded"]
    assert "1 customer could not be judged" in result.stderr


class Interrupting:
    """A stream that gets a signal while line ``at`` is waited for."""

    def __init__(self, lines: list[str], at: int) -> None:
        self._lines = iter(lines)
        self._left = at

    def readline(self, _: int) -> bytes:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return next(self._lines, "").encode()

    def tell(self) -> int:
        return 0

    def fileno(self) -> int:
        raise OSError


def test_ctrl_c_leaves_whole_lines_and_says_where_to_go_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read and not yet decided is left; the exit code is 4: not all was read."""
    from contextlib import contextmanager

    @contextmanager
    def opened(_: str) -> Iterator[Any]:
        yield Interrupting([letter(f"c{n}", PLAIN) for n in range(600)], 450)

    monkeypatch.setattr(sys.modules["guardrail.cli.score"], "opened", opened)
    result = run("score", "--batch")
    assert result.exit_code == 4
    assert [one["line"] for one in told(result)] == list(range(1, 401))
    assert "stopped; what is printed is complete, go on behind line 400" in result.stderr


def test_a_real_process_that_is_stopped_leaves_whole_lines(folder: Path) -> None:
    """Also while it waits at a pipe that says nothing more."""
    process = subprocess.Popen(
        [sys.executable, "-m", "guardrail", "score", "--batch", "--rules", str(folder / "rules")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("".join(letter(f"c{n}", PLAIN) for n in range(250)).encode())
    process.stdin.flush()
    lines = [json.loads(process.stdout.readline()) for _ in range(200)]
    process.send_signal(signal.SIGTERM)
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 4
    assert [one["line"] for one in lines] == list(range(1, 201))
    assert rest == b""
    assert b"go on behind line 200" in said


def test_a_reader_that_has_seen_enough_ends_it_quietly(folder: Path, long_input: Path) -> None:
    """As with every command."""
    command = f"{sys.executable} -m guardrail score --batch {long_input} | head -n 1"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert json.loads(done.stdout)["line"] == 1
    assert b"Traceback" not in done.stderr


class TestStopping:
    """Signals between two pieces of work."""

    def test_the_first_waits_and_the_second_does_not(self) -> None:
        """So that a hanging Redis can be left all the same."""
        with Stopping() as stopping:
            os.kill(os.getpid(), signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                stopping.waiting(lambda: None)
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)

    def test_what_held_before_holds_after(self) -> None:
        """The handlers are put back."""
        before = signal.getsignal(signal.SIGINT)
        with Stopping() as stopping:
            assert stopping.waiting(lambda: 7) == 7
            assert signal.getsignal(signal.SIGINT) != before
        assert signal.getsignal(signal.SIGINT) == before


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


class TestBar:
    """What a person at a terminal sees."""

    def test_it_shows_share_rate_and_time_left(self) -> None:
        """A quarter of the bytes in ten seconds: thirty more."""
        screen, now = Screen(), [0.0]
        bar = Bar(4000, lambda: now[0], screen)
        now[0] = 10.0
        bar.at(2500, lambda: 1000)
        assert screen.getvalue() == (
            "\r██████··················  25 % 2,500 customers, 250/s, 0:30 left\x1b[K"
        )
        bar.clear()
        bar.clear()
        assert screen.getvalue().endswith("left\x1b[K\r\x1b[K")

    def test_without_a_size_it_shows_the_rate_alone(self) -> None:
        """Input from a pipe."""
        screen, now = Screen(), [0.0]
        bar = Bar(None, lambda: now[0], screen)
        now[0] = 2.0
        bar.at(500, lambda: 0)
        assert screen.getvalue() == "\r500 customers, 250/s\x1b[K"

    def test_it_looks_five_times_a_second_at_most(self) -> None:
        """And leaves nothing behind where nothing was drawn."""
        screen, now = Screen(), [0.0]
        bar = Bar(100, lambda: now[0], screen)
        now[0] = 0.19
        bar.at(1, lambda: 1)
        bar.clear()
        assert screen.getvalue() == ""

    def test_where_nothing_is_read_yet_no_time_is_promised(self) -> None:
        """And nobody divides by nothing."""
        screen, now = Screen(), [0.0]
        bar = Bar(100, lambda: now[0], screen)
        now[0] = 1.0
        bar.at(0, lambda: 0)
        assert "left" not in screen.getvalue()

    def test_without_a_terminal_nothing_is_drawn(self) -> None:
        """A log is no place for a bar."""
        screen, now = io.StringIO(), [0.0]
        bar = Bar(100, lambda: now[0], screen)
        now[0] = 5.0
        bar.at(1, lambda: 1)
        bar.clear()
        assert screen.getvalue() == ""

    def test_sizes_are_known_of_files_alone(self, tmp_path: Path) -> None:
        """A pipe has none, and what is no file at all neither."""
        path = tmp_path / "some"
        path.write_bytes(b"12345")
        with path.open("rb") as stream:
            assert size_of(stream) == 5
        assert size_of(io.BytesIO(b"12345")) is None
        read, write = os.pipe()
        with os.fdopen(read, "rb") as pipe:
            os.close(write)
            assert size_of(pipe) is None

    @pytest.mark.parametrize(
        ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (125, "2:05"), (3725, "1:02:05")]
    )
    def test_spans_are_read_as_clocks_show_them(self, seconds: float, text: str) -> None:
        """Minutes and seconds, hours where there are any."""
        assert span(seconds) == text
