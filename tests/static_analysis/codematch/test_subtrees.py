"""Sub-trees in common, counted by hand."""

import pytest

from rltf.static_analysis.codematch.subtrees import subtree_match, subtrees
from rltf.static_analysis.codematch.tree import parse


def share(program, reference):
    return subtree_match(subtrees(parse(program)), subtrees(parse(reference)))


@pytest.mark.parametrize(
    ("program", "found"),
    [
        # module, expression_statement, assignment and binary_operator make the reference
        ("x = a + b", 4),
        ("y = c - 1", 0),  # the operator's right side is an integer, and so all around it differ
        ("long_name = other * name", 4),
        ("print(a + b)", 1),
        ("x = a + b\nx = a + b", 3),  # all but the module
        ("pass", 0),
        ("", 0),
    ],
)
def test_kinds_and_fields_of_nodes_must_be_equal(program, found):
    assert share(program, "x = a + b") == found / 4


def test_each_occurrence_in_the_reference_counts_and_one_in_the_program_is_enough():
    # module, two expression statements, two binary operators
    assert share("x = a + b", "a + b\nc + d") == 2 / 5
    assert share("a + b\nc + d\ne + f", "a + b\nc + d") == 4 / 5


def test_the_field_that_a_node_is_in_makes_a_difference():
    assert share("x[a:]", "x[:a]") == 1.0  # the grammar has no names for these
    # module, expression_statement, conditional_expression, call and argument_list
    assert share("f() if a else b", "a if f() else b") == 2 / 5


def test_comments_and_docstrings_are_no_part_of_a_program():
    commented = '"""What it is."""\n# how\nx = a + b  # why\n"as"\n'
    assert share(commented, "x = a + b") == 1.0
    assert share("x = a + b", commented) == 1.0


def test_a_program_that_does_not_parse_has_what_can_be_read_of_it():
    reference = "x = a + b\nprint(x)"
    assert 0.0 < share("x = a + b\nprint(x", reference) < 1.0
    assert share("((((", reference) == 0.0


@pytest.mark.parametrize("program", ["(" * 5000 + ")" * 5000, "[" * 5000, "a." * 5000 + "a"])
def test_a_deep_program_is_no_trouble(program):
    assert share(program, program) == 1.0
