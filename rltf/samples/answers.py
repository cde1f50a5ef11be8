"""The programs in the answers of models: which part of a text is judged, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from rltf.extract import defines, unwrap
from rltf.problem import Problem

Cut = tuple[Problem, str, str, int]
"""Problem, program, sampled text and shift."""


def alone(problem: Problem, texts: Sequence[str]) -> list[Cut]:
    """Return programs that stand alone."""
    cuts = []
    for text in texts:
        code, start = unwrap(text, problem.entry_point)
        cuts.append((problem, code, text, -start))
    return cuts


def continued(problem: Problem, text: str) -> Cut:
    """Return a completion of the problem's prompt."""
    code, start = unwrap(text, problem.entry_point)
    return problem, problem.prompt + code, text, len(problem.prompt) - start


def answered(problem: Problem, text: str) -> Cut:
    """Return a response, which stands alone where it defines the entry point."""
    (cut,) = alone(problem, [text])
    if problem.entry_point is None or defines(cut[1], problem.entry_point):
        return cut
    return continued(problem, text)
