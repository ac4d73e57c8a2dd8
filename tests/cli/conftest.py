"""The command line as a person calls it, in a folder with a small rule set."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

RULES = """\
guardrail: 1
categories:
  health.pregnancy:
    title: Pregnancy
    weight: 57
surfaces:
  home:
    match: {path: /api/home}
    items: data.items
    treatments: []
rules:
  - id: pregnancy
    kind: sensitive_category
    title: Pregnancy
    weight: 90
  - id: daily
    kind: frequency_cap
    title: Once a day
    when: {surface: home}
    per: item
    max_impressions: 1
    window: 24h
"""
PERSONAL = (
    '{"id": "p", "categories": ["health.pregnancy"],'
    ' "signals": [{"data": "likes", "method": "observed"}]}'
)
PLAIN = '{"id": "s", "title": "Socks", "signals": []}'

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with ``rules/``, and no setting from outside."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "main.yaml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    for name in ("RULES", "REDIS_URL", "SECRET", "MODE"):
        monkeypatch.delenv(f"GUARDRAIL_{name}", raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Call ``guardrail`` with these arguments; nothing may end in a traceback."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
        from guardrail.cli import main

        result = CliRunner().invoke(main, arguments, input=stdin, prog_name="guardrail")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert "Traceback" not in result.output
        return result

    return call


@pytest.fixture
def shared_redis(
    folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A Redis that every call shares, with keys of this test alone."""
    monkeypatch.setenv("GUARDRAIL_REDIS_URL", request.getfixturevalue("redis_url"))
    monkeypatch.setenv("GUARDRAIL_SECRET", "correct-horse-battery")
    monkeypatch.setenv("GUARDRAIL_KEY_PREFIX", f"test-{secrets.token_hex(4)}:")
