"""The shapes that the service takes.

What is inside of an item or a customer is described but not demanded: a wrong field is *unknown*
and named under ``problems``, it refuses nothing.
"""

from __future__ import annotations

from guardrail.model import AGE_BANDS, KINDS, METHODS, PARTIES, PURPOSES
from guardrail.serve.asked import LONGEST_SESSION, MOST_REVIEWS
from guardrail.serve.schema import FLAG, TEXTS, Schema, list_of, maybe, one_of, ref, text

_SIGNAL: Schema = {
    "type": "object",
    "description": "One fact about the customer that led to the item. Absent keys are unknown.",
    "properties": {
        "data": text("What was used, such as search_history."),
        "method": one_of(METHODS, "How it was learned."),
        "party": one_of(PARTIES, "Who collected it."),
        "depth": {"type": "integer", "minimum": 0},
        "via": list_of(ref("Signal"), "The signals that it was inferred from."),
        "context": text("Where it was collected, such as pharmacy."),
        "category": text("What it says about the person."),
        "precision": text("Of a location: place, postcode, city, region or country."),
        "age_seconds": {"type": "number"},
        "audience_size": {"type": "number"},
    },
}
_ITEM: Schema = {
    "type": "object",
    "description": "One recommendation or ad, with the keys that the surface's `fields` name. "
    "Unknown keys pass through untouched.",
    "properties": {
        "id": text("Whose impressions are counted."),
        "kind": one_of(KINDS, "What it is."),
        "title": text("Its own words."),
        "reason": text("Why it is shown, as the customer reads it."),
        "categories": list_of(TEXTS, "Dotted slugs, or taxonomy:id."),
        "signals": list_of(ref("Signal"), "What led to it; an empty list is nothing personal."),
        "purpose": one_of(PURPOSES, "What it is for."),
        "advertiser": TEXTS,
        "campaign": TEXTS,
        "creative": TEXTS,
        "price_personalised": FLAG,
    },
    "examples": [{"id": "sku-1", "title": "Garden hose", "signals": []}],
}
_CUSTOMER: Schema = {
    "type": "object",
    "description": "Whom it is for, and what they accept. A value that can't be meant gives way "
    "to the most protective one.",
    "properties": {
        "id": {"type": ["string", "integer"], "description": "Never kept as it is, never logged."},
        "tolerance": {"description": "A preset's name, or a number from 0 to 100."},
        "age_band": one_of(AGE_BANDS, "Children are protected most."),
        "jurisdiction": text("Such as DE or US-CA."),
        "gpc": FLAG,
        "personalisation": FLAG,
        "consent": {"type": "object", "additionalProperties": FLAG},
        "topics_off": list_of(TEXTS, "Subjects they do not want to meet."),
        "sources_off": list_of(TEXTS, "Kinds of data that may not be used."),
        "holds": list_of({}, "Subjects to leave out until a moment: {category, until}."),
    },
    "examples": [{"id": "c-1001", "tolerance": "balanced"}],
}

_ABOUT_ALL: Schema = {
    "surface": maybe(text("A surface of the rule set; left out, `default`.")),
    "customer": {
        "anyOf": [
            ref("Customer"),
            {"type": "string", "minLength": 1},
            {"type": "integer"},
            {"type": "null"},
        ],
        "description": "A customer, or an id alone; left out where nobody is known.",
    },
    "session": {
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": LONGEST_SESSION,
        "description": "Where the customer has no id: a random text that stays the same for one "
        "visitor. Caps count by it. Left out, each review is a new visitor's.",
    },
    "count": {
        "type": ["boolean", "null"],
        "description": "false (a prefetch): caps are looked at, no impression counts.",
    },
}


def _review(key: str, schema: Schema, about: str) -> Schema:
    return {
        "type": "object",
        "description": about,
        "properties": {key: schema, **_ABOUT_ALL},
        "required": [key],
        "additionalProperties": False,
    }


_REVIEW_ITEMS = _review(
    "items",
    list_of(ref("Item"), "The items, in the order in which they would be shown."),
    "A list.",
)
_REVIEW_BODY = _review(
    "body",
    {
        "type": ["object", "array", "string"],
        "description": "What the recommender answered, or a text that holds it. The surface's "
        "mapping says where in it the items are.",
    },
    "A whole response.",
)

TAKEN: dict[str, Schema] = {
    "Signal": _SIGNAL,
    "Item": _ITEM,
    "Customer": _CUSTOMER,
    "ReviewItems": _REVIEW_ITEMS,
    "ReviewBody": _REVIEW_BODY,
    "Review": {"oneOf": [ref("ReviewItems"), ref("ReviewBody")]},
    "Reviews": {
        "type": "object",
        "properties": {
            "reviews": list_of(
                ref("Review"), "Judged in order, each for its own.", maxItems=MOST_REVIEWS
            )
        },
        "required": ["reviews"],
        "additionalProperties": False,
    },
}
