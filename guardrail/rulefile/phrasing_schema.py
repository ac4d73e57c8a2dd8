"""The shape of `phrasing`: what is added to the tables of how copy gets personal."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from guardrail.rulefile.fields import ParsedText, Strict, Text, say, wrong
from guardrail.ruleset import Phrasing
from guardrail.score.phrasing import PhraseError, pattern_of

LONGEST = 120
"""Characters of a phrase; what is longer is a sentence, and only found where it stands so."""
_CODE = re.compile(r"[a-z]{2}")


def _language(value: str) -> str:
    if _CODE.fullmatch(value):
        return value
    raise wrong(f"{say(value)} is no language; write two lower-case letters (ISO 639-1): fr")


def _phrase(value: str) -> str:
    if len(value) > LONGEST:
        raise wrong(f"a phrase has at most {LONGEST} characters, this one {len(value)}")
    if value.split().count("*") > 1:
        raise wrong(f"{say(value)}: one * in a phrase is enough; it is the rest of the clause")
    return _tried(value, value, Phrasing())


def _nobody(value: str) -> str:
    return _tried(value, "{Name}", Phrasing(nobody=(value,)))


def _tried(value: str, phrase: str, table: Phrasing) -> str:
    try:
        pattern_of(phrase, table)
    except PhraseError as error:
        raise wrong(f"{say(value)} {error}") from None
    return value


LanguageCode = Annotated[str, ParsedText(_language, pattern="^[a-z]{2}$", examples=["fr"])]
Phrase = Annotated[str, ParsedText(_phrase, examples=["just|only for you, {Name}"])]
Nobody = Annotated[str, ParsedText(_nobody, examples=["customer*"])]


class PhrasingModel(Strict):
    """One language."""

    address: list[Phrase] = Field(default_factory=list)
    nobody: list[Nobody] = Field(default_factory=list)
    places: list[Phrase] = Field(default_factory=list)
    intimate: list[Phrase] = Field(default_factory=list)
    you: list[Phrase] = Field(default_factory=list)
    numbers: list[Text] = Field(default_factory=list)
    moments: list[Phrase] = Field(default_factory=list)
    recently: Text | None = None
    paid: list[Phrase] = Field(default_factory=list)
    near: list[Phrase] = Field(default_factory=list)
    region: Text | None = None
    before: list[Text] = Field(default_factory=list)
    loose: list[Text] = Field(default_factory=list)
