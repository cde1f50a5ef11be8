"""A program's tree-sitter syntax tree as a flat list, so that deep trees need no recursion.

tree-sitter parses any text. Invalid parts become nodes of the kind ``ERROR``; the rest of the
program is parsed normally.
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
    """Its field in the parent, such as ``left`` or ``body``; many nodes have none."""
    name: str
    """Name of an identifier; empty for other kinds."""
    has_parts: bool
    """Whether it consists of more than one token."""
    children: list[int]
    """Indices of its children in the list, in order."""
    stop: int = 0
    """One past the index of its last descendant."""


def parse(program: str) -> list[Node]:
    """Return all nodes, each parent before its children and the root first.

    Leaves out comments and statements that are only a string (docstrings), as in CodeBLEU. Raises
    :class:`rltf.errors.PluginError` if tree-sitter is not installed.
    """
    nodes: list[Node] = []
    parents: list[tuple[int, int]] = []
    """(depth, index) of the nodes around the current one."""
    cursor = parser().parse(program.encode("utf-8", "replace")).walk()
    for depth in _walk(cursor):
        syntax_node = cursor.node
        assert syntax_node is not None
        while parents and parents[-1][0] >= depth:
            parents.pop()
        if parents:
            nodes[parents[-1][1]].children.append(len(nodes))
        parents.append((depth, len(nodes)))
        text = (syntax_node.text or b"") if syntax_node.type == "identifier" else b""
        name = text.decode("utf-8", "replace")
        has_parts = syntax_node.child_count > 0
        nodes.append(Node(syntax_node.type, cursor.field_name, name, has_parts, []))
    for index in reversed(range(len(nodes))):
        children = nodes[index].children
        nodes[index].stop = nodes[children[-1]].stop if children else index + 1
    return nodes


@functools.cache
def parser() -> tree_sitter.Parser:
    """Return tree-sitter's parser for Python, whatever its version."""
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
    """Move to each named node in turn and yield its depth; skip those that :func:`parse` omits."""
    while True:
        node = cursor.node
        assert node is not None
        is_included = not _is_left_out(node)
        if is_included and node.is_named:
            yield cursor.depth
        if is_included and cursor.goto_first_child():
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
