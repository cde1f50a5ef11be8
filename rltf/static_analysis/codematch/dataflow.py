"""Compare the data flow of two programs (PPOCoder's R_dfg, CodeBLEU's data-flow match).

A variable is an identifier that is not the name of an attribute or of a keyword argument and not
part of an annotation; functions are variables too. Each occurrence of a variable may end a flow:

    computed from   The variable is assigned: the flow comes from the variables in the expression,
                    in their order.
    comes from      The variable is read: the flow comes from the same variable, if it occurred
                    earlier in the text or if a loop around it assigns it.

Variables are assigned by ``=`` (item by item, if both sides are lists of the same length), ``+=``
and the like (where the variable is part of the expression too), ``:=``, ``for``, comprehensions,
``as`` and defaults of parameters; ``a[i] = b`` and ``a.c = b`` assign ``a``. Definitions without an
expression (parameters, ``def``, ``class``, ``import``) end no flow. There are no scopes, as in
CodeBLEU.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from rltf.static_analysis.codematch.tree import Node

Relation = Literal["computed from", "comes from"]
Flow = tuple[int, Relation, tuple[int, ...]]
"""A variable and the variables that its value comes from, all as numbers."""

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
"""Kinds of nodes that assign, with the fields of their target and of their value."""
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
    """Count the flows of a program.

    Flows are ordered by the position at which they end. Variables are numbered from 0 in the order
    in which they first occur in flows; the sources of a flow come before the variable itself.
    """
    numbers: dict[str, int] = {}
    counts: Counter[Flow] = Counter()
    for name, relation, sources in _named_flows(nodes):
        for variable in (*sources, name):
            numbers.setdefault(variable, len(numbers))
        counts[numbers[name], relation, tuple(numbers[source] for source in sources)] += 1
    return counts


def flow_match(program: Counter[Flow], reference: Counter[Flow]) -> float:
    """Return the share of the reference's flows that the program has; 0 if there are none."""
    total = reference.total()
    return (program & reference).total() / total if total else 0.0


def _named_flows(nodes: Sequence[Node]) -> Iterator[tuple[str, Relation, tuple[str, ...]]]:
    variables = list(_variables(nodes))
    is_variable = set(variables)
    assigned = {
        index: _sources(expressions, nodes, variables)
        for target, expressions in _bindings(nodes)
        for index in _targets(target, nodes)
        if index in is_variable
    }
    defined = {
        child for node in nodes if node.kind in _DEFINITIONS for child in node.children
    } - assigned.keys()
    seen: set[str] = set()
    assigned_in_loop: set[str] = set()
    """Variables that the outermost loop around the node assigns."""
    loop_end = 0
    for index, node in enumerate(nodes):
        if index >= loop_end:
            assigned_in_loop = set()
            if node.kind in _LOOPS:
                loop_end = node.stop
                assigned_in_loop = {nodes[i].name for i in range(index, loop_end) if i in assigned}
        if index not in is_variable:
            continue
        if index in assigned:
            if assigned[index]:
                yield node.name, "computed from", assigned[index]
        elif index not in defined and (node.name in seen or node.name in assigned_in_loop):
            yield node.name, "comes from", (node.name,)
        seen.add(node.name)


def _variables(nodes: Sequence[Node]) -> Iterator[int]:
    """Yield the index of each variable."""
    index = 0
    parent_kind = {child: node.kind for node in nodes for child in node.children}
    while index < len(nodes):
        node = nodes[index]
        if node.kind == "type":
            index = node.stop
            continue
        role = parent_kind.get(index), node.field
        if node.kind == "identifier" and role not in (
            ("attribute", "attribute"),
            ("keyword_argument", "name"),
        ):
            yield index
        index += 1


def _bindings(nodes: Sequence[Node]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the index of each target, which may be a pattern, and of its value's expressions."""
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
    """Return the pairs of items of two lists of the same length, or else the target and value."""
    left, right = nodes[target], nodes[value]
    items = [nodes[child] for child in (*left.children, *right.children)]
    if (
        left.kind in _LISTS
        and right.kind in _LISTS
        and len(left.children) == len(right.children)
        and not any(item.kind in _STARRED for item in items)
    ):
        return zip(left.children, right.children, strict=True)
    return [(target, value)]


def _targets(index: int, nodes: Sequence[Node]) -> Iterator[int]:
    """Yield the indices of the identifiers that a target assigns."""
    pending = [index]
    while pending:
        index = pending.pop()
        node = nodes[index]
        if node.kind == "identifier":
            yield index
        elif node.kind in ("subscript", "attribute"):
            pending += node.children[:1]
        elif node.kind in _PATTERNS:
            pending += node.children


def _sources(
    expressions: Iterable[int], nodes: Sequence[Node], variables: Sequence[int]
) -> tuple[str, ...]:
    """Return the names of the variables in some expressions, each once and in order.

    Only the first ``_MOST_SOURCES`` variables of an expression count: chained assignments are
    expressions within expressions, and would take quadratic time.
    """
    names: dict[str, None] = {}
    for expression in expressions:
        first = bisect_left(variables, expression)
        stop = bisect_left(variables, nodes[expression].stop)
        for index in variables[first : min(stop, first + _MOST_SOURCES)]:
            names[nodes[index].name] = None
    return tuple(names)
