"""Compute both matches and parse each program only once."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable

from rltf.static_analysis.codematch.dataflow import Flow, flow_match, flows
from rltf.static_analysis.codematch.subtrees import subtree_match, subtrees
from rltf.static_analysis.codematch.tree import parse

_MOST_NODES = 8000
"""Maximum size of a syntax tree; a program of about 20,000 characters has this size. Larger trees
match nothing, because nested sub-trees would take quadratic time."""


def best_match(program: str, references: Iterable[str]) -> tuple[float, float]:
    """Return the sub-tree and data-flow match for the reference where their sum is largest.

    Returns (0, 0) without a reference. Raises :class:`rltf.errors.PluginError` if tree-sitter is
    not installed.
    """
    matches = [match(program, reference) for reference in references]
    return max(matches, key=sum, default=(0.0, 0.0))


def match(program: str, reference: str) -> tuple[float, float]:
    """Return the sub-tree and the data-flow match, each in [0, 1]."""
    program_subtrees, program_flows = _features(program)
    reference_subtrees, reference_flows = _features(reference)
    return (
        subtree_match(program_subtrees, reference_subtrees),
        flow_match(program_flows, reference_flows),
    )


@functools.lru_cache(maxsize=4096)
def _features(program: str) -> tuple[Counter[bytes], Counter[Flow]]:
    nodes = parse(program)
    if len(nodes) > _MOST_NODES:
        return Counter(), Counter()
    return subtrees(nodes), flows(nodes)
