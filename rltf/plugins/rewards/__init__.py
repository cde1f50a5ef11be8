"""Rewards: what a diagnosis is worth, and to which stretch of the program."""
