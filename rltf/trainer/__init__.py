"""The online trainer: generation, buffer, objective, optimizer steps, checkpoints, metrics.

Importing anything below here imports torch; no hook module does that at its top.
"""
