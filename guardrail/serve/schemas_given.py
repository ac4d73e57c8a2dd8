"""The shapes that the service gives."""

from __future__ import annotations

from guardrail.model import CONCERNS, MODES, VERDICTS
from guardrail.serve.schema import TEXTS, Schema, list_of, maybe, ref, score, text

_FINDING: Schema = {
    "type": "object",
    "description": "One rule's objection.",
    "properties": {
        "rule": TEXTS,
        "concern": {"type": "string", "enum": list(CONCERNS)},
        "weight": score("How heavy it is."),
        "because": TEXTS,
        "layer": text("floor (law) or choice (the customer's own), where it is not a rule."),
        "action": text("suppress or soften, where it is not score."),
    },
    "required": ["rule", "concern", "weight", "because"],
}
_VERDICT: Schema = {
    "type": "object",
    "description": "What happens to one item, and every number behind it.",
    "properties": {
        "id": {"type": ["string", "null"]},
        "verdict": {"type": "string", "enum": list(VERDICTS)},
        "treatment": {"type": ["string", "null"]},
        "intrusiveness": score("The share of people, in percent, who would not accept it."),
        "softened_intrusiveness": maybe(score("The same after the treatment.")),
        "creepy": score("The part that is about what is known."),
        "annoying": score("The part that is about how it is said and how often."),
        "tolerance": score("What it was compared with."),
        "depth": {"type": ["integer", "null"], "description": "Inference depth; null = unknown."},
        "findings": list_of(ref("Finding"), "The objections."),
        "capped_by": maybe(text("The cap that was over.")),
        "retry_after_seconds": {"type": ["integer", "null"]},
        "say": text("A sentence that the customer may read."),
        "replacement": text("The id of the item that is shown in its place."),
        "tried": list_of(TEXTS, "Treatments that did not fit."),
        "assumed": list_of(TEXTS, "Facts that the surface assumed."),
        "would": text("In observe: the verdict that was not enforced."),
        "would_treatment": TEXTS,
        "would_findings": list_of(ref("Finding"), "The objections behind it."),
        "unknown": list_of(TEXTS, "Rules that lacked a fact."),
        "problems": list_of(TEXTS, "What was wrong in the item."),
        "surplus": {"type": "boolean", "description": "The surface shows only so many."},
        "why": text("What it was chosen from, as a sentence for the customer."),
        "main_parameters": list_of(TEXTS, "The same in words."),
        "dsa_params": list_of({"type": "integer"}, "The same as codes of OpenRTB's DSA extension."),
    },
    "required": [
        "id",
        "verdict",
        "treatment",
        "intrusiveness",
        "softened_intrusiveness",
        "creepy",
        "annoying",
        "tolerance",
        "depth",
        "findings",
        "capped_by",
        "retry_after_seconds",
    ],
}
_COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
_DECISION: Schema = {
    "type": "object",
    "description": "The verdicts on one list. `kept` answers `items`, `body` answers `body`.",
    "properties": {
        "decision_id": TEXTS,
        "revision": text("Of the rule set."),
        "surface": TEXTS,
        "mode": {"type": "string", "enum": list(MODES)},
        "at": text("ISO 8601, UTC.", format="date-time"),
        "outcome": text(
            "guarded, observed, not_covered, not_readable(why) or failed(why).",
            pattern=r"^(guarded|observed|not_covered|not_readable\(\w+\)|failed\(\w+\))$",
        ),
        "items": list_of(ref("Verdict"), "One for each item that was sent, in order."),
        "counts": _COUNTS,
        "would_counts": _COUNTS,
        "problems": list_of(TEXTS, "What was wrong in the customer."),
        "cut": _COUNTS,
        "kept": list_of(
            {}, "The items to show: treated, in order, without signals. Show these and no others."
        ),
        "body": {
            "type": ["object", "array", "string"],
            "description": "The treated body, in the form in which it was sent.",
        },
    },
    "required": [
        "decision_id",
        "revision",
        "surface",
        "mode",
        "at",
        "outcome",
        "items",
        "counts",
    ],
    "oneOf": [{"required": ["kept"]}, {"required": ["body"]}],
}

GIVEN: dict[str, Schema] = {
    "Finding": _FINDING,
    "Verdict": _VERDICT,
    "Decision": _DECISION,
    "Decisions": {
        "type": "object",
        "properties": {"decisions": list_of(ref("Decision"), "In the order of the reviews.")},
        "required": ["decisions"],
    },
    "Health": {
        "type": "object",
        "properties": {
            "status": {"const": "serving"},
            "mode": {"type": "string", "enum": list(MODES)},
            "revision": text("Of the rule set in force."),
            "rules": {
                "enum": ["fine", "broken"],
                "description": "broken: the newest files are wrong, the last good ones hold.",
            },
            "ledger": {
                "enum": ["fine", "unreachable"],
                "description": "unreachable: rules without caps still apply.",
            },
        },
        "required": ["status", "mode", "revision", "rules", "ledger"],
    },
    "Problem": {
        "type": "object",
        "description": "What is wrong with the request (RFC 9457).",
        "properties": {
            "type": TEXTS,
            "title": TEXTS,
            "status": {"type": "integer"},
            "detail": text("What was wrong, and what would be right."),
            "pointer": text("Where in the JSON that was sent (RFC 6901)."),
        },
        "required": ["type", "title", "status", "detail"],
    },
}
