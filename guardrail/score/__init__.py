"""An item becomes findings: facts understood, conditions met, weights composed."""
