"""The list of a program's nodes."""

import sys

import pytest

from rltf.manager import PluginError
from rltf.static_analysis.codematch import tree


def test_nodes_come_before_their_children_with_their_fields():
    nodes = tree.parse("x = yy")
    assert [(node.kind, node.field, node.name, node.children, node.stop) for node in nodes] == [
        ("module", None, "", [1], 5),
        ("expression_statement", None, "", [2], 5),
        ("assignment", None, "", [3, 4], 5),
        ("identifier", "left", "x", [], 4),
        ("identifier", "right", "yy", [], 5),
    ]


def test_what_is_no_python_is_an_error_among_the_rest():
    assert [node.kind for node in tree.parse("f(x")] == [
        "module",
        "ERROR",
        "identifier",
        "identifier",
    ]


@pytest.mark.parametrize("missing", ["tree_sitter", "tree_sitter_python"])
def test_without_tree_sitter_it_says_how_to_get_it(missing, monkeypatch):
    tree.parser.cache_clear()
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(PluginError, match=rf'needs {missing}, .*pip install "rltf\[ppocoder\]"'):
        tree.parse("x")
