"""Signals for rewards besides tests: static analysis, comparison with references, and caps."""
