"""Datasets: where problems come from."""
