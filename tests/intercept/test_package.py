"""What ``import guardrail`` gives, and what it does not need."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

import guardrail

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_shells_are_importable_without_flask() -> None:
    """Flask is an extra; an app of another framework has none."""
    code = """
import sys
for name in ("flask", "werkzeug"):
    sys.modules[name] = None
from guardrail import Guardrail, GuardrailMiddleware
Guardrail(rules="rules/").customer(lambda: None)
print(Guardrail.__name__, GuardrailMiddleware.__name__)
"""
    assert run(code) == "Guardrail GuardrailMiddleware\n"


def test_importing_the_package_loads_no_shell() -> None:
    """The pure core can be used without loading what it does not need."""
    code = "import sys, guardrail.model; print([m for m in sys.modules if '.intercept' in m])"
    assert run(code) == "[]\n"


def test_the_version_is_the_distributions() -> None:
    """One number, told in two places."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    assert guardrail.__version__ == parser["metadata"]["version"]


def test_the_package_lists_what_it_offers() -> None:
    """For completion and for ``import *``."""
    assert set(guardrail.__all__) <= set(dir(guardrail))
    assert guardrail.Guardrail is guardrail.Guardrail


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As in every module."""
    with pytest.raises(AttributeError, match="'guardrail' has no attribute 'Guard'"):
        _ = guardrail.Guard  # type: ignore[attr-defined]
