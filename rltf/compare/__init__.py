"""Compare results over the same problems: paired differences, tests, and what errors became."""
