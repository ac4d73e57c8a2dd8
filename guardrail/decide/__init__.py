"""Findings become a verdict: floor, then the customer's own choice, then rules, then the score."""
