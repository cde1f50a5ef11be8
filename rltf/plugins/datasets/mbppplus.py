"""Dataset ``mbppplus``: MBPP with EvalPlus' tests, in EvalPlus' format or the hub's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rltf.common import json_line
from rltf.dataset import LoadedDataset
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.datasets import evalplus, mbpp
from rltf.plugins.datasets.data_source import locate
from rltf.plugins.datasets.problem_rows import ProblemRow, items, program, read_problems, text
from rltf.problem import Problem, TestCase

REPOSITORY = "evalplus/mbppplus"
PATTERNS = ("data/test-*.parquet",)


def mbppplus(path: str | Path | None = None, *, revision: str | None = None) -> LoadedDataset:
    """Load the problems of a file, or from the hub."""
    files = locate("mbppplus", path, repository=REPOSITORY, patterns=PATTERNS, revision=revision)
    problems = read_problems(files, _problem)
    return LoadedDataset(
        "mbppplus", mbpp.PREFIX, ("test",), problems, isolation="program", prompt="rltf"
    )


def _problem(row: ProblemRow) -> Problem:
    if evalplus.is_evalplus_form(row.data):
        return evalplus.problem(row, _inputs, _agrees)
    data = row.data
    code, test = text(data, "code"), text(data, "test")
    test_list = items(data, "test_list", program)
    name = mbpp.entry_point(test_list, code)
    return Problem(
        task_id=json_line.task_id(data.get("task_id")).removeprefix(mbpp.PREFIX),
        prompt=text(data, "prompt"),
        tests=[TestCase.assertion(f"candidate = {name}\n{test}" if name else test)],
        entry_point=name,
        limits=evalplus.LIMITS,
        solutions=(code,),
        setup_code="\n".join(items(data, "test_imports", program, ())),
        split="test",
        metadata={"test_list": test_list},
    )


# ---------------------------------------------------------------------- inputs beyond JSON

_Convert = Callable[[list[Any]], Any]


def _each_tuple(values: Any) -> list[Any]:
    return [tuple(value) for value in values]


def _all_tuples(value: Any) -> Any:
    return tuple(map(_all_tuples, value)) if isinstance(value, list) else value


def _of_first(convert: Callable[[Any], Any]) -> _Convert:
    return lambda args: [convert(args[0]), *args[1:]]


_SHAPES: tuple[tuple[str, _Convert], ...] = (
    (
        "2 116 132 143 222 261 273 394 399 421 424 429 470 560 579 596 616 630 726 740 744 809",
        _each_tuple,
    ),
    (
        "63 64 70 94 120 237 272 299 400 409 417 438 473 614 780",
        lambda args: [_each_tuple(values) for values in args],
    ),
    ("259 401 445", lambda args: [tuple(_each_tuple(values)) for values in args]),
    ("580 615 791", lambda args: [_all_tuples(value) for value in args]),
    ("75 413 444 753", _of_first(_each_tuple)),
    ("250 307 405 446 617 720 763 808", _of_first(tuple)),
    ("106 750", lambda args: [args[0], tuple(args[1])]),
    (
        "115",
        _of_first(lambda values: [set(value) if value else {} for value in values]),
    ),
    (
        "278",
        lambda args: [
            tuple(tuple(item) if isinstance(item, list) else item for item in values)
            for values in args
        ],
    ),
    ("722", _of_first(lambda grades: {key: tuple(value) for key, value in grades.items()})),
    ("252", _of_first(complex)),
    ("124", lambda args: [float(args[0]), complex(args[1])]),
)
"""Task ids, and how to convert their arguments from JSON."""
_SHAPE_OF = {task: convert for tasks, convert in _SHAPES for task in tasks.split()}


def _inputs(task_id: str, inputs: list[Any]) -> list[Any]:
    convert = _SHAPE_OF.get(task_id.removeprefix(mbpp.PREFIX))
    if convert is None:
        return inputs
    try:
        return [convert(args) for args in inputs]
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise ValueError(f"the inputs are not those of {task_id} ({error})") from None


# ---------------------------------------------------------------------- comparisons


def _either(condition: str) -> str:
    return f"""
def agrees(got, expected, args):
    return close(got, expected, ATOL) or ({condition})
"""


_AS_SETS = """
def agrees(got, expected, args):
    return set(got) == set(expected)
"""
_FOUND_OR_NOT = """
def agrees(got, expected, args):
    found = got if isinstance(got, bool) else got is not None
    return found == (expected is not None)
"""
_COMPARISONS = {
    **dict.fromkeys(
        (
            "similar_elements",
            "find_char_long",
            "common_in_nested_lists",
            "extract_singly",
            "larg_nnum",
            "intersection_array",
            "find_dissimilar",
            "Diff",
        ),
        _AS_SETS,
    ),
    **dict.fromkeys(("check_str", "text_match_three", "text_starta_endb"), _FOUND_OR_NOT),
    "are_equivalent": _either("True"),
    "sum_div": _either("got == 0"),
    # a pyramid whose height is that of its apex over the base
    "surface_Area": _either(
        "abs(got - round(args[0]**2 + 2 * args[0] * ((args[0] / 2)**2 + args[1]**2)**0.5)) <= ATOL"
    ),
    # digit by digit, the shorter number padded with zeros
    "digit_distance_nums": _either(
        "got == sum(abs(int(a) - int(b)) for a, b in zip(*(str(n).zfill(max(len(str(m)) for m in "
        "args)) for n in args)))"
    ),
}
"""Entry point to comparison, where EvalPlus accepts other outputs than the reference's."""


def _agrees(name: str) -> str:
    return _COMPARISONS.get(name, evalplus.AGREES)


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``mbppplus``."""
    register("mbppplus", mbppplus)
