"""Running test code as pytest and unittest would.

This happens in a judge, and in guarded mode in the program's process.
"""
