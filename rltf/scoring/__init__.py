"""Scoring: judge samples and reward them by what their tests showed."""

from rltf.scoring.pipeline import score, score_stream, score_with
from rltf.scoring.scorer import Scorer

__all__ = ["Scorer", "score", "score_stream", "score_with"]
