"""Executors: what runs programs against tests."""
