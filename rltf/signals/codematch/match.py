"""The two matches together, each program parsed once."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable

from rltf.signals.codematch.dataflow import Flow, flow_match, flows
from rltf.signals.codematch.subtrees import subtree_match, subtrees
from rltf.signals.codematch.tree import parse

_MOST_NODES = 8000
"""Of a syntax tree, some 20,000 characters of a program. Larger ones match nothing: sub-trees within
sub-trees take quadratic time."""


def best_match(program: str, references: Iterable[str]) -> tuple[float, float]:
    """Sub-tree and data-flow match with the reference where their sum is largest.

    (0, 0) without a reference. Raises :class:`rltf.errors.PluginError` where tree-sitter is not
    installed.
    """
    matches = [match(program, reference) for reference in references]
    return max(matches, key=sum, default=(0.0, 0.0))


def match(program: str, reference: str) -> tuple[float, float]:
    """Sub-tree and data-flow match, each in [0, 1]."""
    own, other = _features(program), _features(reference)
    return subtree_match(own[0], other[0]), flow_match(own[1], other[1])


@functools.lru_cache(maxsize=4096)
def _features(program: str) -> tuple[Counter[bytes], Counter[Flow]]:
    nodes = parse(program)
    if len(nodes) > _MOST_NODES:
        return Counter(), Counter()
    return subtrees(nodes), flows(nodes)
