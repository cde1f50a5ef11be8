"""A program's syntax tree as tree-sitter has it, as a flat list: a deep one is no trouble.

tree-sitter reads any text. What it cannot make sense of is in nodes of the kind ``ERROR``, and the
rest of the program is parsed as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rltf.errors import PluginError

if TYPE_CHECKING:
    import tree_sitter


@dataclass(slots=True)
class Node:
    """A node that has a name in the grammar."""

    kind: str
    field: str | None
    """What it is to its parent: ``left``, ``body``; ``None`` for many."""
    name: str
    """Of an identifier; empty for other kinds."""
    has_parts: bool
    """It is more than one token."""
    children: list[int]
    """Places in the list, in order."""
    stop: int = 0
    """Place after its last descendant's."""


def parse(program: str) -> list[Node]:
    """All nodes, a parent before its children, the root first.

    Without comments and statements that are only a string (docstrings), as in CodeBLEU. Raises
    :class:`rltf.errors.PluginError` where tree-sitter is not installed.
    """
    nodes: list[Node] = []
    parents: list[tuple[int, int]] = []
    """(depth, place) of the nodes around the present one."""
    cursor = parser().parse(program.encode("utf-8", "replace")).walk()
    for depth in _walk(cursor):
        found = cursor.node
        assert found is not None
        while parents and parents[-1][0] >= depth:
            parents.pop()
        if parents:
            nodes[parents[-1][1]].children.append(len(nodes))
        parents.append((depth, len(nodes)))
        text = (found.text or b"") if found.type == "identifier" else b""
        name = text.decode("utf-8", "replace")
        nodes.append(Node(found.type, cursor.field_name, name, found.child_count > 0, []))
    for place in reversed(range(len(nodes))):
        children = nodes[place].children
        nodes[place].stop = nodes[children[-1]].stop if children else place + 1
    return nodes


@functools.cache
def parser() -> tree_sitter.Parser:
    """tree-sitter's for Python, whichever version this process runs."""
    try:
        import tree_sitter
        import tree_sitter_python
    except ImportError as error:
        raise PluginError(
            f"comparing programs needs {error.name}, which is not installed: "
            'pip install "rltf[ppocoder]"'
        ) from None
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


def _walk(cursor: tree_sitter.TreeCursor) -> Iterator[int]:
    """Move from node to node, each at its depth, past those that :func:`parse` leaves out."""
    while True:
        node = cursor.node
        assert node is not None
        wanted = not _is_left_out(node)
        if wanted and node.is_named:
            yield cursor.depth
        if wanted and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _is_left_out(node: tree_sitter.Node) -> bool:
    if node.type == "comment":
        return True
    if node.type != "expression_statement" or node.child_count != 1:
        return False
    (only,) = node.children
    return only.type in ("string", "concatenated_string")
