"""How the words of published questions become facts of an item.

Questions are coded by the words in them, not by their ids, so that another survey, another actor
or another country is read by the same few rules. Where two entries fit, the first one counts.
"""

from __future__ import annotations

from itertools import pairwise

from guardrail.model import DATA_KINDS, PURPOSES
from guardrail.score.terms import words

# word beginnings -> kind of data, in the order in which they are asked
_DATA: tuple[tuple[str, str], ...] = (
    ("facial biometric face", "biometrics"),
    ("genetic genome dna", "genetics"),
    ("tragedies tragedy death divorce", "tragedy"),
    ("events pregnancy marriage", "life_event"),
    ("social_security ssn passport license licence government_id", "government_id"),
    ("email emails messages mail", "message_content"),
    ("chat chats", "chat"),
    ("voice microphone spoken conversation conversations", "voice"),
    ("health medical medication medications illness disease", "health"),
    ("credit debt loan", "credit"),
    ("income salary wealth financial", "income"),
    ("religion religious spiritual faith", "religion"),
    ("politics political", "politics"),
    ("sexual orientation", "sexual_orientation"),
    ("ethnicity ethnic race", "ethnicity"),
    ("relationship marital", "relationship_status"),
    ("personality", "personality"),
    ("typing scrolling", "typing_behaviour"),
    ("interaction interactions contacts interact", "contacts"),
    ("friends", "contacts"),
    ("presence", "precise_location"),
    ("realtime nearby current_location", "precise_location"),
    ("location gps place", "location_history"),
    ("likes shares liked", "likes"),
    ("watched videos watching viewed_videos", "watch_history"),
    ("cart basket", "cart"),
    ("lookalike", "lookalike"),
    ("list lists uploaded crm", "uploaded_list"),
    ("segment segments broker", "third_party_segment"),
    ("purchase purchases purchasing bought buying", "purchase_history"),
    ("tracking cookies cookie retargeting", "browsing_history"),
    ("search searches", "search_history"),
    ("browse browsing browsed session visited_site", "browsing_history"),
    ("interest interests", "likes"),
    ("device ip address", "device"),
    ("birthday birth age", "age"),
    ("gender sex", "gender"),
    ("name", "name"),
    ("profile stated", "profile"),
)
_PURPOSES: tuple[tuple[str, str], ...] = (
    ("political campaign campaigns", "political_message"),
    ("commercial commercials advertising ads", "commercial_ad"),
    ("newspapers newspaper news", "news"),
    ("posts feed social", "feed"),
    ("search", "search_results"),
    ("events event", "events"),
    ("contacts people", "people"),
    ("locations places restaurants restaurant", "places"),
    ("entertainment films film music book books", "entertainment"),
    ("diagnose treat care", "health_service"),
    ("premium premiums insure insurance", "insurance"),
    ("loan credit mortgage", "credit"),
    ("job jobs hire hiring", "job"),
    ("recommend recommendations product products offers discounts", "product"),
)


def said(text: str) -> set[str]:
    """The words of a question or column value, pairs of neighbours joined by ``_`` among them."""
    listed = words(text.replace("_", " "))
    return {*listed, *(f"{a}_{b}" for a, b in pairwise(listed))}


def data_of(text: str) -> str:
    """The kind of data that a text speaks of; ``other`` where no word tells."""
    if text.strip().casefold() in DATA_KINDS:
        return text.strip().casefold()
    found = said(text)
    return next((kind for keys, kind in _DATA if found.intersection(keys.split())), "other")


def purpose_of(text: str) -> str:
    """What a text says that something is used for; ``other`` where no word tells."""
    if text.strip().casefold() in PURPOSES:
        return text.strip().casefold()
    found = said(text)
    return next((kind for keys, kind in _PURPOSES if found.intersection(keys.split())), "other")
