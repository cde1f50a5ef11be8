"""The audit of a dataset: which of its problems cannot be trusted, and why."""
