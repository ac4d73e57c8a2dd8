"""The same twenty rules in other forms. Each gives the same decisions, which is asserted."""
