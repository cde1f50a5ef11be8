"""Compare the sub-trees of two programs (PPOCoder's R_ast, CodeBLEU's syntax match)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from rltf.static_analysis.codematch.tree import Node


def subtrees(nodes: Sequence[Node]) -> Counter[bytes]:
    """Count the sub-trees of a program, each identified by a digest.

    A sub-tree begins at the root or at a node of more than one token. Two sub-trees are equal if
    their s-expressions are: the same kinds of nodes in the same fields, whatever the names,
    operators and literals.
    """
    digests = [b""] * len(nodes)
    for index in reversed(range(len(nodes))):
        digest = hashlib.blake2b(nodes[index].kind.encode(), digest_size=16)
        for child in nodes[index].children:
            digest.update(f"({nodes[child].field}:".encode() + digests[child])
        digests[index] = digest.digest()
    return Counter(
        digest
        for digest, node in zip(digests, nodes, strict=True)
        if node.has_parts or node is nodes[0]
    )


def subtree_match(program: Counter[bytes], reference: Counter[bytes]) -> float:
    """Return the share of the reference's sub-trees that the program has anywhere, in [0, 1].

    Each occurrence in the reference counts; one occurrence in the program matches all of them.
    """
    matched = sum(count for digest, count in reference.items() if digest in program)
    return matched / reference.total()
