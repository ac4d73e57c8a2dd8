"""How well the score agrees with published ratings: `guardrail evidence`.

Published tables become items, a rule set scores them, and the scores are compared with what
people said. No ratings are shipped; they are read from a folder.
"""

from __future__ import annotations

from guardrail.evidence.case import Case, DataSet
from guardrail.evidence.chart import svg
from guardrail.evidence.curve_chart import curve_svg
from guardrail.evidence.folder import Folder, read_folders
from guardrail.evidence.measure import Agreement, Scorer, agreement, precision
from guardrail.evidence.report import Report, page, report_on, to_dict
from guardrail.evidence.sensitivity import weigh_each
from guardrail.evidence.table import EvidenceError

__all__ = [
    "Agreement",
    "Case",
    "DataSet",
    "EvidenceError",
    "Folder",
    "Report",
    "Scorer",
    "agreement",
    "curve_svg",
    "page",
    "precision",
    "read_folders",
    "report_on",
    "svg",
    "to_dict",
    "weigh_each",
]
