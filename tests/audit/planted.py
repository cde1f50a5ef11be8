"""Small datasets, each with one known fault; data for ``test_planted.py``."""

from __future__ import annotations

from planted_copies import COPIES
from planted_references import REFERENCES
from planted_rewards import REWARDS
from planted_tests import CONTRADICTIONS, WEAK

PLANTED = [*WEAK, *REFERENCES, *CONTRADICTIONS, *REWARDS, *COPIES]
