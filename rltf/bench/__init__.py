"""Benchmarks: pass@k of a policy on a dataset."""
