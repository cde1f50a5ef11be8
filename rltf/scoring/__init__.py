"""Scoring: judging samples, and rewarding what their tests showed."""

from rltf.scoring.pipeline import Scorer, score, score_stream, score_with

__all__ = ["Scorer", "score", "score_stream", "score_with"]
