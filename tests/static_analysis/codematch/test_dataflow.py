"""Data flow, worked out by hand."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rltf.static_analysis.codematch.dataflow import flow_match, flows
from rltf.static_analysis.codematch.match import best_match, match
from rltf.static_analysis.codematch.tree import parse

SUM = "def f(a, b):\n    c = a + b\n    return c\n"
COMPUTED, COMES = "computed from", "comes from"


def flow(program):
    return flows(parse(program))


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (
            SUM,
            {
                (2, COMPUTED, (0, 1)): 1,
                (0, COMES, (0,)): 1,
                (1, COMES, (1,)): 1,
                (2, COMES, (2,)): 1,
            },
        ),
        ("x = 1", {}),
        ("x = y", {(1, COMPUTED, (0,)): 1}),
        ("x = y = z", {(2, COMPUTED, (0, 1)): 1, (0, COMPUTED, (1,)): 1}),
        ("x += y", {(0, COMPUTED, (0, 1)): 1}),
        (
            "a, b = b, a",
            {
                (1, COMPUTED, (0,)): 1,
                (0, COMPUTED, (1,)): 1,
                (0, COMES, (0,)): 1,
                (1, COMES, (1,)): 1,
            },
        ),
        ("a, b = c", {(1, COMPUTED, (0,)): 1, (2, COMPUTED, (0,)): 1}),
        ("a, *b = c, d", {(2, COMPUTED, (0, 1)): 1, (3, COMPUTED, (0, 1)): 1}),
        ("a[i].c = b", {(1, COMPUTED, (0,)): 1}),
        ("if (n := m): pass", {(1, COMPUTED, (0,)): 1}),
        ("with o as h: pass", {(1, COMPUTED, (0,)): 1}),
        ("def f(a, b=c): pass", {(1, COMPUTED, (0,)): 1}),
        ("x: T = T", {(1, COMPUTED, (0,)): 1}),
        ("a.b(c=a)", {(0, COMES, (0,)): 1}),
        ("print(1)\nprint(2)", {(0, COMES, (0,)): 1}),
        ("import f\ndef f(f): pass", {}),
    ],
)
def test_what_flows_where(program, expected):
    assert flow(program) == Counter(expected)


def test_a_loop_brings_values_to_what_stands_before_them():
    assert flow("f(a)\na = b") == Counter({(1, COMPUTED, (0,)): 1})
    looped = flow("while True:\n    f(a)\n    a = b")
    assert looped == Counter({(0, COMES, (0,)): 1, (0, COMPUTED, (1,)): 1})
    outer = flow("for i in j:\n    for k in l:\n        f(a)\n    a = 1")
    assert outer[4, COMES, (4,)] == 1
    assert outer.total() == 3
    assert flow("[x for x in y]") == Counter({(0, COMES, (0,)): 1, (0, COMPUTED, (1,)): 1})


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("def g(first, second):\n    both = first * second\n    return both\n", 4),
        ("def f(a, b):\n    c = b + a\n    return c\n", 4),
        ("def f(a, b):\n    return a + b\n", 2),
        ("def f(a):\n    return a\n", 1),
        ("def f(a, b): return 3", 0),
        ("def f(a, b):\n    c = a + b\n    return (c\n", 4),  # breaks at the end
        ("", 0),
    ],
)
def test_names_do_not_matter(program, found):
    assert flow_match(flow(program), flow(SUM)) == found / 4


def test_a_flow_that_occurs_twice_must_be_there_twice():
    twice = flow("x = 1\nprint(x)\nprint(x)")
    assert twice == Counter({(0, COMES, (0,)): 2, (1, COMES, (1,)): 1})
    assert flow_match(flow("x = 1\nprint(x)"), twice) == 1 / 3
    assert flow_match(flow("x = 1\nprint(x)\nprint(x)\nprint(x)"), twice) == 1.0


def test_a_reference_without_flows_gives_nothing():
    assert flow_match(flow(SUM), flow("x = 1")) == 0.0


def test_of_several_references_the_nearest_as_a_whole_counts():
    trees_only = "def f(a, b):\n    c = b + d\n    return a\n"
    assert match(SUM, trees_only) == (1.0, 2 / 3)
    assert best_match(SUM, ["pass", trees_only, SUM]) == (1.0, 1.0)
    assert best_match(SUM, ["pass", trees_only]) == (1.0, 2 / 3)
    assert best_match(SUM, []) == (0.0, 0.0)


@given(
    st.text(alphabet="ab=+:(),[]\n \tfor in\"'\\#\ud800é", max_size=60),
    st.sampled_from([SUM, "", "x"]),
)
def test_any_text_can_be_compared(program, reference):
    assert all(0.0 <= share <= 1.0 for share in match(program, reference))
    trees, data = match(program, program)
    assert trees == 1.0
    assert data == (1.0 if flow(program) else 0.0)


def test_chained_assignments_take_no_quadratic_time():
    # 20,000 expressions within expressions: minutes where each is read to its end
    assert flow("a = " * 20_000 + "b").total() == 20_000
