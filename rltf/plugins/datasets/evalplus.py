"""EvalPlus' own format (Liu et al., 2023), which ``humanevalplus`` and ``mbppplus`` share.

    {"task_id", "prompt", "entry_point", "canonical_solution", "base_input", "plus_input", "atol"}

The format has inputs but no outputs: the expected value is what the reference program returns. So a
problem has a single test, which contains the reference program, runs it in the judge's process and
compares the results by EvalPlus' rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rltf.common import json_line
from rltf.limits import Limits
from rltf.plugins.datasets.problem_rows import ProblemRow, entry_point, items, text
from rltf.problem import Problem, TestCase

LIMITS = Limits(cpu_s=60.0, memory_mb=4096)
"""Limits for all inputs of a problem together, as in EvalPlus."""

AGREES = """
def agrees(got, expected, args):
    return close(got, expected, ATOL)
"""
"""The default comparison of a returned value, which can use ``ATOL`` and ``close``."""

_SETUP = """
import copy
from math import inf, nan

import numpy

ATOL = {atol!r}
INPUTS = {inputs}


def outputs_of_reference():
    names = {{}}
    exec({reference!r}, names)
    return [names[{name!r}](*copy.deepcopy(args)) for args in INPUTS]


def has_floats(value):
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(item, float) for item in value)
    return isinstance(value, float) or getattr(value, "dtype", None) in (numpy.float32, numpy.float64)


def close(got, expected, atol):
    if got == expected:
        return True
    atol = atol or (1e-6 if has_floats(expected) else 0)
    if not atol or type(got) is not type(expected):
        return False
    if isinstance(expected, (list, tuple)) and len(got) != len(expected):
        return False
    return bool(numpy.allclose(got, expected, rtol=1e-7, atol=atol))

{agrees}
"""
_TEST = """
expected_outputs = outputs_of_reference()
for args, expected in zip(INPUTS, expected_outputs):
    got = {name}(*copy.deepcopy(args))
    assert agrees(got, expected, args), f"for {{args!r:.200}}: {{got!r:.200}}, not {{expected!r:.200}}"
"""


def problem(
    row: ProblemRow,
    inputs_of: Callable[[str, list[Any]], list[Any]],
    agrees: Callable[[str], str],
) -> Problem:
    """Return the problem of a row in EvalPlus' format.

    Args:
        row: The row.
        inputs_of: Takes the task id and the argument lists in the JSON; returns the argument lists
            that they represent.
        agrees: Takes the entry point; returns the code of its comparison, such as :data:`AGREES`.
    """
    data = row.data
    task_id = json_line.task_id(data.get("task_id"))
    prompt, solution = text(data, "prompt"), text(data, "canonical_solution")
    name = entry_point(data)
    if name is None:
        raise ValueError("'entry_point' must name the function that is tested")
    atol = data.get("atol", 0)
    if isinstance(atol, bool) or not isinstance(atol, int | float):
        raise ValueError(f"'atol' must be a number, not {atol!r:.60}")
    inputs = [*items(data, "base_input", _arguments), *items(data, "plus_input", _arguments)]
    if not inputs:
        raise ValueError("'base_input' and 'plus_input' are empty: there is nothing to test with")
    setup_code = _SETUP.format(
        atol=atol,
        inputs=repr(inputs_of(task_id, inputs)),
        reference=prompt + solution,
        name=name,
        agrees=agrees(name),
    )
    return Problem(
        task_id=task_id,
        prompt=prompt,
        tests=[TestCase.assertion(_TEST.format(name=name))],
        entry_point=name,
        limits=LIMITS,
        solutions=(prompt + solution,),
        setup_code=setup_code,
        split="test",
        metadata={key: data[key] for key in ("contract", "assertion") if data.get(key)},
    )


def is_evalplus_form(data: dict[str, Any]) -> bool:
    """Return whether a row is in this format. The hub's rows have a test program but no inputs."""
    return "base_input" in data


def _arguments(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"arguments must be a list, not {value!r:.60}")
    return value
