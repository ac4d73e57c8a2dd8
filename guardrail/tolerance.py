"""Three questions that set a tolerance, for any app to ask once.

With item weights from two countries, three yes/no answers (one mild, one middling, one severe
item) set a threshold that foretells 76 % of a third country's other answers; one threshold for
everybody foretells 57 %, one fitted to each person 85 % (own computation on Kozyreva et al. 2021,
1,059 people, 28 answers each). Asking seven adds little.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from guardrail.ruleset import DEFAULT_PRESETS

NOTHING_ACCEPTED = 30.0
"""Below the mildest question (39.4): a judgement, hardly anything personal is shown."""


class Question(NamedTuple):
    """``asks``: the wording, answered with yes or no. ``rejected_by``: percent of people who find
    the use not acceptable (Kozyreva et al. 2021, mean of DE and GB).
    """

    id: str
    asks: str
    rejected_by: float


TOLERANCE_QUESTIONS = (
    Question(
        "age",
        "May we use your age or birthday to choose what we show you, such as a birthday offer?",
        39.4,
    ),
    Question(
        "browsing",
        "May we use what you looked at and searched for here to choose what we show you?",
        60.2,
    ),
    Question(
        "contacts",
        "May we use whom you are in touch with online to choose what we show you?",
        71.5,
    ),
)
"""From the mildest to the most severe. Translate the wording, keep the order and the ids."""


def tolerance_from_answers(
    answers: Mapping[str, bool],
    presets: Mapping[str, float] = MappingProxyType(dict(DEFAULT_PRESETS)),
) -> float:
    """A tolerance, 0-100, from answers by question id; True accepts, a missing one counts as no.

    How many are accepted decides, not which: who refuses the mild and accepts the severe gets
    what their number of refusals asks for. None accepted gives `NOTHING_ACCEPTED`, one the lowest
    of ``presets``, two the middle one, three the highest. Raises `ValueError` for an unknown
    question, an answer that is neither True nor False and anything but a mapping.
    """
    known = [question.id for question in TOLERANCE_QUESTIONS]
    if not isinstance(answers, Mapping):
        raise ValueError(f"give the answers by question, as {{{known[0]!r}: True}}")
    for name, answer in answers.items():
        if name not in known:
            raise ValueError(f"there is no question {name!r}; the questions are {', '.join(known)}")
        if not isinstance(answer, bool):
            raise ValueError(f"the answer to {name!r} must be True or False")
    levels = sorted(presets.values())
    accepted = sum(answers.values())
    if not accepted:
        return min(NOTHING_ACCEPTED, levels[0])
    return (levels[0], levels[len(levels) // 2], levels[-1])[accepted - 1]
