"""What a catalogue knows of items that the app's responses name by their ids alone."""

from guardrail.enrich.catalogue import Catalogue, Report
from guardrail.enrich.completed import Completed
from guardrail.enrich.fault import CatalogueError
from guardrail.enrich.join import complete
from guardrail.enrich.opening import open_catalogue

__all__ = ["Catalogue", "CatalogueError", "Completed", "Report", "complete", "open_catalogue"]
