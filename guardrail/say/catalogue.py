"""The messages, one table for each language; every table has the same keys.

``reason`` and ``joined`` frame the sentence; a key of `DATA_KINDS` names a source. A source
that would state something private by its name alone (health, religion …) has no name here:
it is ``told`` where the customer said so, and ``guessed`` otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_EN = {
    "reason": "Chosen from {sources}.",
    "joined": "{first} and {last}",
    "passed_on": "{source}, passed on by another company",
    "nothing": "Chosen without any information about you.",
    "unknown": "It is not known what this was chosen from.",
    "told": "what you told us",
    "guessed": "what was concluded about you",
    "other": "information about you",
    "current_item": "what you are looking at now",
    "browsing_history": "what you looked at here",
    "search_history": "what you searched for here",
    "purchase_history": "what you bought here",
    "cart": "what is in your cart",
    "watch_history": "what you watched here",
    "likes": "what you liked here",
    "location_history": "where you were",
    "precise_location": "where you are",
    "device": "the device that you use",
    "ip_address": "your internet connection",
    "age": "your age",
    "profile": "your profile",
    "message_content": "your messages",
    "chat": "your chats",
    "contacts": "your contacts",
    "voice": "what you said aloud",
    "typing_behaviour": "how you use this page",
    "uploaded_list": "a list of customers",
    "lookalike": "what people similar to you chose",
    "third_party_segment": "a group that another company put you in",
}
_DE = {
    "reason": "Grundlage der Auswahl: {sources}.",
    "joined": "{first} und {last}",
    "passed_on": "{source}, weitergegeben von einem anderen Unternehmen",
    "nothing": "Ohne Angaben über Sie ausgewählt.",
    "unknown": "Es ist nicht bekannt, wonach dies ausgewählt wurde.",
    "told": "was Sie uns gesagt haben",
    "guessed": "was über Sie gefolgert wurde",
    "other": "Angaben über Sie",
    "current_item": "was Sie sich gerade ansehen",
    "browsing_history": "was Sie sich hier angesehen haben",
    "search_history": "was Sie hier gesucht haben",
    "purchase_history": "was Sie hier gekauft haben",
    "cart": "was in Ihrem Warenkorb liegt",
    "watch_history": "was Sie hier gesehen haben",
    "likes": "was Ihnen hier gefallen hat",
    "location_history": "wo Sie waren",
    "precise_location": "wo Sie sind",
    "device": "welches Gerät Sie benutzen",
    "ip_address": "Ihre Internetverbindung",
    "age": "Ihr Alter",
    "profile": "Ihr Profil",
    "message_content": "Ihre Nachrichten",
    "chat": "Ihre Chats",
    "contacts": "Ihre Kontakte",
    "voice": "was Sie laut gesagt haben",
    "typing_behaviour": "wie Sie diese Seite benutzen",
    "uploaded_list": "eine Liste von Kunden",
    "lookalike": "was Menschen wählten, die Ihnen ähneln",
    "third_party_segment": "eine Gruppe, der ein anderes Unternehmen Sie zuordnet",
}
CATALOGUE: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": _EN, "de": _DE})
LANGUAGES = tuple(CATALOGUE)
"""The languages that are shipped, ISO 639-1."""
