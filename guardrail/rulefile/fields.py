"""How rule files are checked: strict models, and types whose errors say what would be right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from guardrail.rulefile.suggest import did_you_mean
from guardrail.rulefile.tree import WrittenFloat, WrittenInt

_LONGEST_SHOWN = 40


class Strict(BaseModel):
    """What every model here has in common: exact types, no keys but its own."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def wrong(message: str) -> PydanticCustomError:
    """A validation error with a text of ours, taken as it is."""
    return PydanticCustomError("guardrail", "{text}", {"text": message})


def wrong_at(places: Mapping[tuple[int | str, ...], str]) -> PydanticCustomError:
    """Several validation errors at once: where each is, from the value on, and its text."""
    listed = list(places.items())
    return PydanticCustomError("guardrail", "{text}", {"text": listed[0][1], "places": listed})


def say(value: object) -> str:
    """A value as its author wrote it, short enough for a message."""
    if isinstance(value, (WrittenInt, WrittenFloat)):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (Mapping, list)):
        return "a list" if isinstance(value, list) else "a mapping"
    if value is None:
        return "nothing"
    text = str(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "...")


def as_written(value: Any) -> Any:
    """An unquoted number where text is meant is the text that was written; text is trimmed."""
    if isinstance(value, (WrittenInt, WrittenFloat)):
        return value.text
    if isinstance(value, str) and not value.strip():
        raise wrong("the text is empty")
    return value.strip() if isinstance(value, str) else value


class Choice:
    """One of a few words; the message names the nearest, or all.

    ``also``: words that deserve a message of their own.
    """

    def __init__(
        self, what: str, words: Collection[str], also: Mapping[str, str] | None = None
    ) -> None:
        self.what, self.words, self.also = what, words, also or {}

    def _check(self, value: str) -> str:
        if value in self.words:
            return value
        if value in self.also:
            raise wrong(f"{say(value)}: {self.also[value]}")
        raise wrong(f"{say(value)} is no {self.what}{did_you_mean(value, self.words)}")

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = core_schema.no_info_before_validator_function(as_written, handler(source))
        return core_schema.no_info_after_validator_function(self._check, text)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        listed = self.words if isinstance(self.words, tuple) else sorted(self.words)
        return {"type": "string", "enum": list(listed)}


class OneOrMany:
    """A list, or one value that stands for a list of one; never empty."""

    @staticmethod
    def _listed(value: Any) -> Any:
        if not isinstance(value, list):
            return [value]
        if not value:
            raise wrong("an empty list is met by nothing; leave the key out")
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], {**many, "minItems": 1}]}


class Parsed:
    """A value that ``parse`` turns into something else; ``schema`` describes it to editors."""

    def __init__(self, parse: Callable[[Any], Any], **schema: Any) -> None:
        self.parse, self.schema = parse, schema

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)


class ParsedText(Parsed):
    """A text, or a number as it was written, that ``parse`` turns into something else."""

    def __init__(self, parse: Callable[[str], Any], **schema: Any) -> None:
        def read(value: Any) -> Any:
            text = as_written(value)
            if not isinstance(text, str):
                raise wrong(f"must be text, not {say(value)}")
            return parse(text)

        super().__init__(read, type="string", **schema)


def _flag_word(value: Any) -> Any:
    meant = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false"}
    meant["false"] = "false"
    if isinstance(value, str) and value.lower() in meant:
        raise wrong(f"{say(value)} is text here; write {meant[value.lower()]}")
    return value


def _once(values: list[str]) -> list[str]:
    first: dict[str, int] = {}
    again: dict[tuple[int | str, ...], str] = {}
    for index, value in enumerate(values):
        if first.setdefault(value, index) != index:
            again[(index,)] = f"{say(value)} is listed twice"
    if again:
        raise wrong_at(again)
    return values


Text = Annotated[str, BeforeValidator(as_written)]
TextList = Annotated[list[Text], AfterValidator(_once)]
TextCondition = Annotated[list[Text], OneOrMany()]
Flag = Annotated[bool, BeforeValidator(_flag_word)]
Weight = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=0, le=100)]
