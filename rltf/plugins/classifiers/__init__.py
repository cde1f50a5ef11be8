"""Classifiers: what a verdict means."""
