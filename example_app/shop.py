"""The shop itself: its shelves for a visit, as sent and as the guard leaves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from example_app.adserver import Campaign, choose_ads, load_campaigns
from example_app.catalogue import Catalogue, Item, load_catalogue
from example_app.customers import Person, load_people
from example_app.gone import with_gone
from example_app.letters import Letter, write_letters
from example_app.recommender import recommend
from example_app.sides import Row, as_it_is, rows_of
from example_app.similar import readable, similar
from example_app.treatments import Sample, Shown, load_samples, show
from example_app.visit import OWN, Visit
from guardrail import Guardrail
from guardrail.model import Decision
from guardrail.ruleset import RuleSet

CHOICES = {
    "customer:personalisation": "Personalisation is off",
    "customer:topics_off": "A subject they switched off",
    "customer:holds": "A subject they put on hold",
    "customer:sources_off": "A source they switched off",
    "customer:consent": "They gave no consent",
    "customer:gpc": "Global Privacy Control",
    "surface:max_depth": "Guessed too far",
}


NOTES = {
    "home": "The shop’s own recommender says on every item what it was chosen from.",
    "ads": "The ad server finds people by what others know of them.",
    "similar": "A hosted recommender sends bare ids, in the shape of Amazon Personalize. The guard "
    "looks up in the shop’s catalogue what they are, and assumes what they rest on.",
}


class Shelf(NamedTuple):
    """One surface on the page; ``address`` answers with the same as JSON, ``note`` says how."""

    name: str
    title: str
    note: str
    address: str
    decision: Decision
    rows: Sequence[Row]


@dataclass(frozen=True)
class Shop:
    """The catalogue, the people and the campaigns, and the guard before them."""

    guard: Guardrail
    catalogue: Catalogue = field(default_factory=load_catalogue)
    people: Mapping[str, Person] = field(default_factory=load_people)
    campaigns: Sequence[Campaign] = field(default_factory=load_campaigns)
    samples: Sequence[Sample] = field(default_factory=load_samples)

    @property
    def rules(self) -> RuleSet:
        """The rules in force."""
        found: RuleSet = self.guard.guard.rules
        return found

    @property
    def presets(self) -> Mapping[str, float]:
        """The tolerances that have a name."""
        return self.rules.presets

    @property
    def titles(self) -> Mapping[str, str]:
        """A title for everything that a finding may name as its rule."""
        return {**CHOICES, **{rule.id: rule.title for rule in self.rules.rules if rule.title}}

    def recommendations(self, visit: Visit) -> list[Item]:
        """What the recommender sends."""
        return recommend(visit.person, self.catalogue)

    def ads(self, visit: Visit) -> list[Item]:
        """What the ad server sends."""
        return choose_ads(visit.person, self.campaigns, visit.view)

    def similar(self, visit: Visit) -> list[Item]:
        """What the hosted recommender sends: ids and scores."""
        return similar(visit.person, self.catalogue)

    def shelves(self, visit: Visit) -> list[Shelf]:
        """All shelves, judged; every view counts as an impression."""
        sent = (
            ("home", "Recommended", "/api/recommendations", self.recommendations(visit)),
            ("ads", "Advertisements", "/api/ads", self.ads(visit)),
            ("similar", "You may also like", "/api/similar", self.similar(visit)),
        )
        tolerance = OWN if visit.tolerance is None else visit.tolerance
        query = {"customer": visit.person.key, "tolerance": tolerance}
        shelves = []
        for name, title, path, items in sent:
            decision = self.guard.review(items, customer=visit.customer, surface=name)
            known = partial(readable, catalogue=self.catalogue) if name == "similar" else as_it_is
            rows = with_gone(rows_of(items, decision, known), self.guard, name, visit.customer)
            address = f"{path}?{urlencode(query)}"
            shelves.append(Shelf(name, title, NOTES[name], address, decision, rows))
        return shelves

    def letters(self, visit: Visit) -> dict[str, Letter]:
        """The weekly letters to everybody; to the person of the visit with the tolerance asked."""
        asked = {visit.person.key: visit.customer} if visit.customer else {}
        return write_letters(self.guard, self.catalogue, self.people, asked)

    def treatments(self) -> list[Shown]:
        """Every treatment at work, judged now."""
        return [show(one, self.guard, self.catalogue, self.campaigns) for one in self.samples]
