"""How a command ends: its exit code, and one line of text where something went wrong."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from guardrail.config import ConfigError

FINE = 0
PROBLEMS = 1
BAD_ARGUMENTS = 2
NOTHING = 3
UNREACHABLE = 4


class Ending(click.ClickException):
    """The command ends here with one line on standard error and an exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(" ".join(message.split()))
        self.exit_code = exit_code  # type: ignore[misc]

    def show(self, file: Any = None) -> None:
        """Print the line."""
        click.echo(f"guardrail: {self.message}", file=file, err=file is None)


def bad_argument(message: str) -> Ending:
    """What the user typed can't be meant."""
    return Ending(message, BAD_ARGUMENTS)


def nothing(message: str) -> Ending:
    """There is nothing to look at."""
    return Ending(message, NOTHING)


def unreachable(message: str) -> Ending:
    """A file could not be read, or a service not reached."""
    return Ending(message, UNREACHABLE)


class Commands(click.Group):
    """A group whose commands end in one line, whatever happens inside them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; every error becomes an `Ending`."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader has seen enough. What is still buffered must not be tried again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(FINE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001  # no command may end in a traceback
            raise ending_of(error) from None
        return result


def ending_of(error: Exception) -> Ending:
    """The line and exit code for an error that a command did not foresee."""
    from guardrail.connection import Unreachable
    from guardrail.enrich import CatalogueError
    from guardrail.rulefile import RuleFileError

    if isinstance(error, ConfigError | CatalogueError):
        wrong_setting = isinstance(error, ConfigError)
        return Ending(str(error), BAD_ARGUMENTS if wrong_setting else PROBLEMS)
    if isinstance(error, RuleFileError):
        first = error.problems[0].text().partition("\n")[0]
        more = len(error.problems) - 1
        rest = f" (and {more} more; see `guardrail check`)" if more else ""
        return Ending(first + rest, PROBLEMS)
    if isinstance(error, Unreachable):
        return unreachable(f"Redis can't be reached: {error}")
    if isinstance(error, ImportError):
        return unreachable(str(error))
    if isinstance(error, OSError):
        return unreachable(_of_file(error))
    return unreachable(f"a fault of guardrail itself, please report it ({type(error).__name__})")


def _of_file(error: OSError) -> str:
    from guardrail.rulefile import RuleFileUnreadable

    if isinstance(error, RuleFileUnreadable) and error.path == "rules":
        return f"{error}; GUARDRAIL_RULES says where your rule directory is"
    named = error.filename and error.strerror
    return f"{error.filename}: {error.strerror}" if named else str(error)
