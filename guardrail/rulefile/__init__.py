"""Rule files: YAML becomes a rule set, or problems with line and column.

`load` reads a rule set, `check` says what is wrong with files, `RuleStore` keeps one in force
while its files change, `load_tests` reads test files, `schema` describes rule files to editors.
"""

from guardrail.rulefile.editor import schema
from guardrail.rulefile.expectations import Case, Expected, Impression, load_tests
from guardrail.rulefile.load import check, load, yaml_files
from guardrail.rulefile.problem import Problem, RuleFileError, RuleFileUnreadable
from guardrail.rulefile.store import RuleStore

__all__ = [
    "Case",
    "Expected",
    "Impression",
    "Problem",
    "RuleFileError",
    "RuleFileUnreadable",
    "RuleStore",
    "check",
    "load",
    "load_tests",
    "schema",
    "yaml_files",
]
