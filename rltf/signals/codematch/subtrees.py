"""Sub-trees that two programs have in common (PPOCoder's R_ast, CodeBLEU's syntax match)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from rltf.signals.codematch.tree import Node


def subtrees(nodes: Sequence[Node]) -> Counter[bytes]:
    """A mark of each sub-tree to how often it occurs in the program.

    A sub-tree begins at the root or at any node of more than one token. Two are equal where their
    s-expressions are: the same kinds of nodes in the same fields, whatever the names, operators and
    literals.
    """
    marks = [b""] * len(nodes)
    for place in reversed(range(len(nodes))):
        hashed = hashlib.blake2b(nodes[place].kind.encode(), digest_size=16)
        for child in nodes[place].children:
            hashed.update(f"({nodes[child].field}:".encode() + marks[child])
        marks[place] = hashed.digest()
    return Counter(
        mark for mark, node in zip(marks, nodes, strict=True) if node.has_parts or node is nodes[0]
    )


def subtree_match(program: Counter[bytes], reference: Counter[bytes]) -> float:
    """Share of the reference's sub-trees that the program has somewhere, in [0, 1].

    Each occurrence in the reference counts, and one in the program answers for all of them.
    """
    found = sum(count for mark, count in reference.items() if mark in program)
    return found / reference.total()
