"""Values of any type become an item: what can be read is read, the rest is *unknown*.

Nothing here fails. A value that is not what the contract says is None in the item, and a
problem text says where and what would be right; it never quotes what stood there, unless that
is one of our own words.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from guardrail.model import (
    DATA_KINDS,
    KINDS,
    METHODS,
    NOT_UNDERSTOOD,
    PARTIES,
    PRECISIONS,
    PURPOSES,
    Item,
    Signal,
)

TAXONOMIES = frozenset(
    {
        "iab-content-1.0",
        "iab-content-2.1",
        "iab-content-2.2",
        "iab-content-3.0",
        "iab-content-3.1",
        "iab-ad-product-1.0",
        "iab-ad-product-2.0",
        "iab-audience-1.1",
        "google-product",
        "custom",
    }
)
MAX_VIA = 20
"""Links of a `via` chain that are read; what stands deeper is unknown."""
MAX_DEPTH = 1000
"""An inference depth is a whole number below this."""

Values = Mapping[str, Sequence[Any]]
"""By field, every value that stands under its key: usually one, none where it is absent."""

NO_ID = "no id"

_BARE = (
    'a bare number; ids collide between taxonomies, write taxonomy:id, e.g. "iab-content-2.2:305"'
)
_SHOWN_CHOICES = 5
_WORD = re.compile(r"[A-Za-z_ -]{1,24}")


class Unreadable:
    """Stands for a value that the parser refused (a number out of range)."""


UNREADABLE = Unreadable()


def to_item(values: Values) -> tuple[Item, tuple[str, ...]]:
    """The item, and one text for each fault in it."""
    faults: list[str] = []

    def fault(where: str, text: str) -> None:
        faults.append(f"{where}: {text}")

    def read(name: str, reader: Callable[[Any, str, _Fault], Any]) -> Any:
        given = values.get(name)
        return reader(given[-1], name, fault) if given and given[-1] is not None else None

    faults.extend(f"duplicate key {name}" for name in values if len(values[name]) > 1)
    ident = read("id", _name) or None
    if ident is None:
        faults.append(NO_ID)
    item = Item(
        id=ident,
        kind=read("kind", _one_of(KINDS)),
        title=read("title", _text),
        reason=read("reason", _text),
        categories=_categories(values.get("categories", ()), fault),
        signals=_signals(values.get("signals", ()), fault),
        purpose=read("purpose", _one_of(PURPOSES)),
        advertiser=read("advertiser", _name),
        campaign=read("campaign", _name),
        creative=read("creative", _name),
        sponsored=read("sponsored", _flag),
        price_personalised=read("price_personalised", _flag),
        advertisers=read("advertisers", _names) or _several(values.get("advertiser", ())),
        attr=read("attr", _codes),
        purchased=read("purchased", _flag),
    )
    return item, tuple(faults)


_Fault = Callable[[str, str], None]


def normal_category(text: str) -> str:
    """The category as it is compared: lower case, no space around it."""
    return text.strip().lower()


def category_fault(text: str) -> str | None:
    """What is wrong with a category in its normal form; None if nothing is."""
    if not text:
        return "an empty text; leave it out"
    if text.isdigit():
        return _BARE
    taxonomy, colon, ident = text.partition(":")
    if colon and (taxonomy not in TAXONOMIES or not ident):
        return f"no taxonomy:id that we know; taxonomies are {', '.join(sorted(TAXONOMIES))}"
    return None


def _categories(given: Sequence[Any], fault: _Fault) -> tuple[str, ...] | None:
    lists = [value for value in given if value is not None]
    if not lists:
        return None
    out: dict[str, None] = {}
    for value in lists:
        if isinstance(value, str):
            _category(value, "categories", out, fault)
        elif isinstance(value, list | tuple | set | frozenset):
            for index, one in enumerate(value):
                _category(one, f"categories[{index}]", out, fault)
        else:
            not_a_list = 'not a list of texts, such as ["health.pregnancy"]'
            fault("categories", _BARE if _is_number(value) else not_a_list)
            out[NOT_UNDERSTOOD] = None
    # An empty list says that there is none; an empty text says nothing.
    return tuple(out) if out or not any(lists) else None


def _category(given: Any, where: str, out: dict[str, None], fault: _Fault) -> None:
    if not isinstance(given, str):
        fault(where, _BARE if _is_number(given) else 'not a text, such as "health.pregnancy"')
        out[NOT_UNDERSTOOD] = None
        return
    category = normal_category(given)
    wrong = category_fault(category)
    if wrong:
        fault(where, wrong)
    if category:
        out[NOT_UNDERSTOOD if wrong is _BARE else category] = None


def _signals(given: Sequence[Any], fault: _Fault) -> tuple[Signal, ...] | None:
    lists = [value for value in given if value is not None]
    # Nothing personal is only what nothing else is said beside.
    if not lists or (len(lists) < len(given) and not any(lists)):
        return None
    return tuple(s for value in lists for s in _signal_list(value, "signals", fault, 0))


def _signal_list(given: Any, where: str, fault: _Fault, depth: int) -> tuple[Signal, ...]:
    if not isinstance(given, list | tuple):
        fault(where, "not a list of signals")
        return (Signal(),)
    return tuple(_signal(one, f"{where}[{i}]", fault, depth) for i, one in enumerate(given))


def _signal(given: Any, where: str, fault: _Fault, depth: int) -> Signal:
    if not isinstance(given, Mapping):
        fault(where, 'not a signal, such as {"data": "search_history", "method": "observed"}')
        return Signal()
    if depth >= MAX_VIA:
        fault(where, f"deeper than {MAX_VIA} links of via; taken as unknown")
        return Signal()

    def read(name: str, reader: Callable[[Any, str, _Fault], Any]) -> Any:
        value = given.get(name)
        return None if value is None else reader(value, f"{where}.{name}", fault)

    via = given.get("via")
    return Signal(
        data=read("data", _one_of(DATA_KINDS)),
        method=read("method", _one_of(METHODS)),
        party=read("party", _one_of(PARTIES)),
        depth=read("depth", _whole),
        via=() if via is None else _signal_list(via, f"{where}.via", fault, depth + 1),
        context=read("context", _text),
        category=read("category", _signal_category),
        precision=read("precision", _one_of(PRECISIONS)),
        age_seconds=read("age_seconds", _number),
        audience_size=read("audience_size", _number),
    )


def _signal_category(given: Any, where: str, fault: _Fault) -> str | None:
    out: dict[str, None] = {}
    _category(given, where, out, fault)
    return next(iter(out), None)


def _is_number(given: Any) -> bool:
    return isinstance(given, int | float | Decimal) and not isinstance(given, bool)


def _name(given: Any, where: str, fault: _Fault) -> str | None:
    """Text or number; of a list (as bids have it) the first."""
    if isinstance(given, list | tuple) and given and isinstance(given[0], str):
        return given[0]
    if isinstance(given, str):
        return given
    if _is_number(given):
        return str(given)
    fault(where, "not a text or a number")
    return None


def _names(given: Any, where: str, fault: _Fault) -> tuple[str, ...] | None:
    if not isinstance(given, list | tuple):
        fault(where, 'not a list of names, such as ["acme", "acme.example"]')
        return None
    named = dict.fromkeys(one if isinstance(one, str) else "" for one in given)
    return tuple(name for name in named if name) or None


def _several(given: Sequence[Any]) -> tuple[str, ...] | None:
    """The names in a list of more than one; a lone name says it all."""
    lists = [value for value in given if isinstance(value, list | tuple)]
    named = tuple(dict.fromkeys(one for one in lists[-1] if isinstance(one, str))) if lists else ()
    return named if len(named) > 1 else None


def _codes(given: Any, where: str, fault: _Fault) -> tuple[int, ...] | None:
    listed = given if isinstance(given, list | tuple) else (given,)
    codes = [one for one in listed if isinstance(one, int) and not isinstance(one, bool)]
    if len(codes) < len(listed):
        fault(where, "not a list of whole numbers, such as [1, 8]")
        return tuple(codes) or None
    return tuple(codes)


def _text(given: Any, where: str, fault: _Fault) -> str | None:
    if isinstance(given, str):
        return given
    fault(where, "not a text")
    return None


def _flag(given: Any, where: str, fault: _Fault) -> bool | None:
    if isinstance(given, bool):
        return given
    fault(where, "neither true nor false")
    return None


def _finite(given: Any) -> float | None:
    if not _is_number(given):
        return None
    try:
        number = float(given)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _number(given: Any, where: str, fault: _Fault) -> float | None:
    number = _finite(given)
    if number is None:
        fault(where, "not a number")
    return number


def _whole(given: Any, where: str, fault: _Fault) -> int | None:
    number = _finite(given)
    if number is None or not 0 <= number < MAX_DEPTH or not number.is_integer():
        fault(where, "not a whole number from 0 on")
        return None
    return int(number)


@lru_cache(maxsize=16)
def _one_of(allowed: frozenset[str]) -> Callable[[Any, str, _Fault], str | None]:
    def read(given: Any, where: str, fault: _Fault) -> str | None:
        if isinstance(given, str) and given in allowed:
            return given
        word = given.lower() if isinstance(given, str) and _WORD.fullmatch(given) else ""
        fault(where, _choices(word, allowed))
        return None

    return read


@lru_cache(maxsize=512)
def _choices(word: str, allowed: frozenset[str]) -> str:
    if len(allowed) <= _SHOWN_CHOICES:
        return f"not one of {', '.join(sorted(allowed))}"
    near = difflib.get_close_matches(word, sorted(allowed), 1)
    return f"no word of ours; did you mean {near[0]}?" if near else "no word of ours, so unknown"
