"""The shape of ``leaks``: what is cut out of links and markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, Field

from guardrail.rulefile.fields import Strict, TextList, say, wrong_at

_PARAMETER = re.compile(r"[A-Za-z0-9_.\[\]-]{2,64}\*?")
# Encoders may write the other characters as escapes.
_MACRO = re.compile(r"""(?=.{3,100}$)[^*"\\&'+/<>`]{3,}(?:\*[^*"\\&'+/<>`]+)?""")


def _parameter_fault(name: str) -> str | None:
    if _PARAMETER.fullmatch(name):
        return None
    return (
        f"{say(name)} is no key of a query: write 2 to 64 letters, digits, _ . - [ ], "
        "and * at the end for any ending: seg_*"
    )


def _macro_fault(text: str) -> str | None:
    if text.isascii() and text.isprintable() and _MACRO.fullmatch(text):
        return None
    return (
        f"{say(text)} is no macro: write 3 or more ASCII characters without \" \\ & ' + / < > ` "
        "(3 or more before a *), such as {{segment}} or %%PATTERN:*%%"
    )


def _each(fault_of: Callable[[str], str | None], values: list[str]) -> list[str]:
    faults: dict[tuple[int | str, ...], str] = {}
    for index, one in enumerate(values):
        fault = fault_of(one)
        if fault is not None:
            faults[(index,)] = fault
    if faults:
        raise wrong_at(faults)
    return values


class LeaksModel(Strict):
    """What in links and markup would tell a third party why somebody was chosen."""

    parameters: Annotated[TextList, AfterValidator(partial(_each, _parameter_fault))] = Field(
        default_factory=list
    )
    macros: Annotated[TextList, AfterValidator(partial(_each, _macro_fault))] = Field(
        default_factory=list
    )
