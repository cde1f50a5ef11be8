"""Dataset ``humanevalplus``: HumanEval with EvalPlus' tests, in EvalPlus' format or the hub's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rltf.dataset import LoadedDataset
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.datasets import evalplus, humaneval
from rltf.plugins.datasets.data_source import locate
from rltf.plugins.datasets.problem_rows import ProblemRow, read_problems
from rltf.problem import Problem

REPOSITORY = "evalplus/humanevalplus"
PATTERNS = ("data/test-*.parquet",)

_ROOT_OF_POLYNOMIAL = """
def agrees(got, expected, args):
    coefficients = args[0]
    value = sum(factor * got**power for power, factor in enumerate(coefficients))
    return abs(value) <= ATOL
"""
"""Comparison for ``find_zero``, which accepts any root."""


def humanevalplus(path: str | Path | None = None, *, revision: str | None = None) -> LoadedDataset:
    """Load the problems of a file, or from the hub."""
    files = locate(
        "humanevalplus", path, repository=REPOSITORY, patterns=PATTERNS, revision=revision
    )
    problems = read_problems(files, _problem)
    return LoadedDataset(
        "humanevalplus",
        humaneval.PREFIX,
        ("test",),
        problems,
        isolation="program",
        prompt="humaneval",
    )


def _problem(row: ProblemRow) -> Problem:
    if evalplus.is_evalplus_form(row.data):
        return evalplus.problem(row, _inputs, _agrees)
    return replace(humaneval.problem(row), limits=evalplus.LIMITS)


def _inputs(task_id: str, inputs: list[Any]) -> list[Any]:
    return inputs


def _agrees(name: str) -> str:
    return _ROOT_OF_POLYNOMIAL if name == "find_zero" else evalplus.AGREES


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``humanevalplus``."""
    register("humanevalplus", humanevalplus)
