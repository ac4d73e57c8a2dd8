"""What a treatment gives: the changed item, and the edit that makes the same change on the bytes."""

from __future__ import annotations

from typing import NamedTuple

from guardrail.model import Item
from guardrail.treat.edit import Edit


class Treated(NamedTuple):
    """``item`` is scored again; ``edit`` is what the response gets."""

    item: Item
    edit: Edit
