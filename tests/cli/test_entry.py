"""The program as a whole: its ways in, its ways out."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cli.conftest import PLAIN, Run
from guardrail.cli import main
from guardrail.cli.ending import Commands

ROOT = Path(__file__).parents[2]


def guardrail(*arguments: str, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "guardrail", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
    )


def test_every_command_of_the_reference_page_is_there(run: Run) -> None:
    """And every command there is stands on the page."""
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    described = {line[3:].strip() for line in page.splitlines() if line.startswith("## ")}
    assert described - {"Exit codes"} == set(main.commands)
    for name, command in main.commands.items():
        assert run(name, "--help").exit_code == 0
        for option in command.params:
            for flag in option.opts:
                assert not flag.startswith("--") or flag in page, f"{name} {flag}"


def test_python_m_guardrail_is_the_program(folder: Path) -> None:
    """From any directory."""
    shown = guardrail("--version", cwd=folder)
    assert shown.stdout.startswith(b"guardrail, version ")
    assert guardrail("frobnicate", cwd=folder).returncode == 2


def test_a_reader_that_closes_early_ends_it_quietly(folder: Path) -> None:
    """`guardrail score | head -1` must not complain."""
    (folder / "many.ndjson").write_text(f"{PLAIN}\n" * 20_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "guardrail", "score", "many.ndjson"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["id"] == "s"
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    assert (process.wait(30), complaints) == (0, b"")


def test_memory_stays_flat_over_a_long_input(folder: Path) -> None:
    """Forty times the items take no more memory."""

    def peak(lines: int) -> int:
        script = (
            "import resource, sys; from guardrail.cli import main\n"
            "main(['score'], standalone_mode=False)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        item = PLAIN.replace("Socks", "Socks " * 100)
        ran = subprocess.run(
            [sys.executable, "-c", script],
            cwd=folder,
            input=f"{item}\n".encode() * lines,
            capture_output=True,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
            check=True,
        )
        return int(ran.stderr)

    assert peak(8_000) < peak(200) * 1.1


def test_under_flask_the_apps_config_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`flask guardrail` finds the rules where the app has them."""
    from flask import Flask
    from flask.cli import ScriptInfo

    (folder / "rules").rename(folder / "elsewhere")
    app = Flask(__name__)
    app.config["GUARDRAIL_RULES"] = str(folder / "elsewhere")
    info = ScriptInfo(create_app=lambda: app)
    result = CliRunner().invoke(main, ["score"], input=PLAIN, obj=info)
    assert result.exit_code == 0
    assert CliRunner().invoke(main, ["check"], obj=info).exit_code == 0
    assert CliRunner().invoke(main, ["check"]).exit_code == 4


def test_the_schema_is_json(run: Run) -> None:
    """With the keys of a rule file."""
    schema = json.loads(run("schema").stdout)
    assert "surfaces" in schema["properties"]


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (PermissionError(13, "Permission denied", "rules/x.yaml"), 4, "rules/x.yaml: Permission"),
        (OSError("disk\nfull"), 4, "disk full"),
        (ImportError("install guardrail-middleware[redis]"), 4, "install guardrail-middleware"),
        (KeyError("c-1001"), 4, "a fault of guardrail itself, please report it (KeyError)"),
    ],
)
def test_whatever_happens_ends_in_one_line(error: Exception, code: int, says: str) -> None:
    """Without a traceback, and without what an error may say of a person."""

    @click.group(cls=Commands)
    def program() -> None:
        """A program."""

    @program.command()
    def fail() -> None:
        """Fail."""
        raise error

    result = CliRunner().invoke(program, ["fail"])
    assert result.exit_code == code
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


class Shop:
    """A stand-in for the example app."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.ports: list[int] = []
        self.error = error

    def serve(self, port: int) -> None:
        self.ports.append(port)
        if self.error:
            raise self.error

    def installed(self, monkeypatch: pytest.MonkeyPatch) -> Shop:
        module: Any = types.ModuleType("example_app.serve")
        module.serve = self.serve
        monkeypatch.setitem(sys.modules, "example_app.serve", module)
        return self


def test_the_demo_serves_until_ctrl_c(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the port asked for; Ctrl-C is a fine end."""
    shop = Shop(KeyboardInterrupt()).installed(monkeypatch)
    assert run("demo", "--port", "8123").exit_code == 0
    assert shop.ports == [8123]


def test_a_port_that_is_taken_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 4, and how to take another."""
    Shop(OSError(98, "Address already in use")).installed(monkeypatch)
    result = run("demo")
    assert result.exit_code == 4
    assert "Address already in use; give another one with --port" in result.stderr


@pytest.fixture
def no_shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The package alone, with nothing beside it but this folder."""
    # The command of the same name hides the module from a plain import.
    monkeypatch.setattr(import_module("guardrail.cli.demo"), "BESIDE_THE_PACKAGE", tmp_path)
    monkeypatch.setattr(
        sys, "path", [p for p in sys.path if not (Path(p) / "example_app").is_dir()]
    )
    for name in [n for n in sys.modules if n.split(".")[0] == "example_app"]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ("def serve(port): raise KeyboardInterrupt", 0, ""),
        ("import a_package_that_is_not_there", 4, "needs a_package_that_is_not_there"),
    ],
)
def test_the_shop_is_found_beside_the_package(
    run: Run, no_shop: Path, source: str, code: int, says: str
) -> None:
    """As in a checkout; what it lacks is named."""
    (no_shop / "example_app").mkdir()
    (no_shop / "example_app" / "__init__.py").touch()
    (no_shop / "example_app" / "serve.py").write_text(source)
    result = run("demo")
    assert result.exit_code == code
    assert says in result.stderr
    for name in [n for n in sys.modules if n.split(".")[0] == "example_app"]:
        del sys.modules[name]


def test_a_demo_without_its_shop_says_where_it_is(run: Run, no_shop: Path) -> None:
    """It comes with the repository, not with the package: exit code 4."""
    result = run("demo")
    assert result.exit_code == 4
    assert "comes with the repository" in result.stderr


def test_where_no_rules_are_the_setting_is_named(tmp_path: Path) -> None:
    """Whoever runs a command in another folder is told how to say where the rules are."""
    done = guardrail("score", "-", cwd=tmp_path, stdin=b"{}")
    assert done.returncode == 4
    assert b"GUARDRAIL_RULES" in done.stderr
