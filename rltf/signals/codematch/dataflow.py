"""Data flow that two programs have in common (PPOCoder's R_dfg, CodeBLEU's data-flow match).

A variable is an identifier that is not an attribute's, a keyword argument's or part of an
annotation; functions have names like any other. Each place where one stands may end a flow:

    computed from   it is given a value: the variables in the expression, in their order
    comes from      it is read: itself, where it stood before in the text, or where a loop around
                    the place gives it a value

Values are given by ``=`` (where both sides are lists of one length, item by item), ``+=`` and the
like (then it is in the expression too), ``:=``, ``for``, comprehensions, ``as`` and defaults of
parameters; ``a[i] = b`` and ``a.c = b`` give one to ``a``. Definitions without an expression
(parameters, ``def``, ``class``, ``import``) end no flow. There are no scopes, as in CodeBLEU.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from rltf.signals.codematch.tree import Node

Relation = Literal["computed from", "comes from"]
Flow = tuple[int, Relation, tuple[int, ...]]
"""A variable and those that its value is from, each as a number."""

_BINDINGS: dict[str, tuple[str, str | None]] = {
    "assignment": ("left", "right"),
    "augmented_assignment": ("left", "right"),
    "named_expression": ("name", "value"),
    "for_statement": ("left", "right"),
    "for_in_clause": ("left", "right"),
    "as_pattern": ("alias", None),
    "default_parameter": ("name", "value"),
    "typed_default_parameter": ("name", "value"),
}
"""Nodes that give values to the fields of their targets and expression."""
_LISTS = {"pattern_list", "tuple_pattern", "list_pattern", "expression_list", "tuple", "list"}
_PATTERNS = _LISTS | {"list_splat_pattern", "as_pattern_target", "parenthesized_expression"}
_STARRED = {"list_splat_pattern", "list_splat"}
_DEFINITIONS = {
    "parameters",
    "lambda_parameters",
    "typed_parameter",
    "list_splat_pattern",
    "dictionary_splat_pattern",
    "function_definition",
    "class_definition",
    "dotted_name",
    "aliased_import",
    "global_statement",
    "nonlocal_statement",
}
_LOOPS = {
    "for_statement",
    "while_statement",
    "list_comprehension",
    "set_comprehension",
    "dictionary_comprehension",
    "generator_expression",
}


_MOST_SOURCES = 200


def flows(nodes: Sequence[Node]) -> Counter[Flow]:
    """The flows of a program, and how often each occurs.

    Variables are numbered from 0 in the order in which flows name them, in the order of the places
    at which flows end, sources before the variable itself.
    """
    numbers: dict[str, int] = {}
    found: Counter[Flow] = Counter()
    for name, relation, sources in _named_flows(nodes):
        for each in (*sources, name):
            numbers.setdefault(each, len(numbers))
        found[numbers[name], relation, tuple(numbers[each] for each in sources)] += 1
    return found


def flow_match(program: Counter[Flow], reference: Counter[Flow]) -> float:
    """Share of the reference's flows that the program has as often, in [0, 1]; 0 if it has none."""
    total = reference.total()
    return (program & reference).total() / total if total else 0.0


def _named_flows(nodes: Sequence[Node]) -> Iterator[tuple[str, Relation, tuple[str, ...]]]:
    variables = dict(_variables(nodes))
    places = list(variables)
    given = {
        place: _sources(expressions, nodes, places)
        for targets, expressions in _bindings(nodes)
        for place in _targets(targets, nodes)
        if place in variables
    }
    defined = {
        child for node in nodes if node.kind in _DEFINITIONS for child in node.children
    } - given.keys()
    seen: set[str] = set()
    looped: set[str] = set()
    """What the outermost loop around the place gives values to."""
    loop_end = 0
    for place, node in enumerate(nodes):
        if place >= loop_end:
            looped = set()
            if node.kind in _LOOPS:
                loop_end = node.stop
                looped = {nodes[i].name for i in range(place, loop_end) if i in given}
        if place not in variables:
            continue
        if place in given:
            if given[place]:
                yield node.name, "computed from", given[place]
        elif place not in defined and (node.name in seen or node.name in looped):
            yield node.name, "comes from", (node.name,)
        seen.add(node.name)


def _variables(nodes: Sequence[Node]) -> Iterator[tuple[int, str]]:
    """Place and name of each variable."""
    place = 0
    parent_kind = {child: node.kind for node in nodes for child in node.children}
    while place < len(nodes):
        node = nodes[place]
        if node.kind == "type":
            place = node.stop
            continue
        role = parent_kind.get(place), node.field
        if node.kind == "identifier" and role not in (
            ("attribute", "attribute"),
            ("keyword_argument", "name"),
        ):
            yield place, node.name
        place += 1


def _bindings(nodes: Sequence[Node]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Place of a target, or of a pattern of targets, and of the expressions of its value."""
    for node in nodes:
        if node.kind not in _BINDINGS:
            continue
        fields = {nodes[child].field: child for child in node.children}
        target_field, value_field = _BINDINGS[node.kind]
        target, value = fields.get(target_field), fields.get(value_field)
        if target is None or value is None:
            continue
        if node.kind == "augmented_assignment":
            yield target, (target, value)
        elif node.kind == "assignment":
            yield from ((left, (right,)) for left, right in _paired(target, value, nodes))
        else:
            yield target, (value,)


def _paired(target: int, value: int, nodes: Sequence[Node]) -> Iterable[tuple[int, int]]:
    """Items of two lists of one length, else the two as they are."""
    left, right = nodes[target], nodes[value]
    items = [nodes[place] for place in (*left.children, *right.children)]
    if (
        left.kind in _LISTS
        and right.kind in _LISTS
        and len(left.children) == len(right.children)
        and not any(item.kind in _STARRED for item in items)
    ):
        return zip(left.children, right.children, strict=True)
    return [(target, value)]


def _targets(place: int, nodes: Sequence[Node]) -> Iterator[int]:
    """Places of the identifiers that a target gives values to."""
    waiting = [place]
    while waiting:
        place = waiting.pop()
        node = nodes[place]
        if node.kind == "identifier":
            yield place
        elif node.kind in ("subscript", "attribute"):
            waiting += node.children[:1]
        elif node.kind in _PATTERNS:
            waiting += node.children


def _sources(
    expressions: Iterable[int], nodes: Sequence[Node], places: Sequence[int]
) -> tuple[str, ...]:
    """Variables of some expressions, each once, in their order; ``places`` are those of variables.

    Of an expression the first ``_MOST_SOURCES`` places count: chained assignments are expressions
    within expressions, and would take quadratic time.
    """
    found: dict[str, None] = {}
    for each in expressions:
        first, stop = bisect_left(places, each), bisect_left(places, nodes[each].stop)
        for place in places[first : min(stop, first + _MOST_SOURCES)]:
            found[nodes[place].name] = None
    return tuple(found)
