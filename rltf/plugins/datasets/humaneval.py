"""Dataset ``humaneval``: HumanEval (Chen et al., 2021), and any file in its format.

    {"task_id", "prompt", "entry_point", "test", "canonical_solution"?}

``test`` defines ``check(candidate)``, which is a single test of the problem.
"""

from __future__ import annotations

from pathlib import Path

from rltf.common import json_line
from rltf.dataset import LoadedDataset
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.plugins.datasets.code_definitions import definitions
from rltf.plugins.datasets.data_source import locate
from rltf.plugins.datasets.problem_rows import ProblemRow, entry_point, read_problems, text
from rltf.problem import Problem, TestCase

REPOSITORY = "openai/openai_humaneval"
PATTERNS = ("openai_humaneval/test-*.parquet",)
PREFIX = "HumanEval/"

_MANY_ASSERTS = 100
_LIMITS_OF_MANY = Limits(cpu_s=60.0)
"""All asserts of a problem share the limits of one test, so many asserts need higher limits."""


def humaneval(path: str | Path | None = None, *, revision: str | None = None) -> LoadedDataset:
    """Load the problems of a file, or of HumanEval from the hub."""
    files = locate("humaneval", path, repository=REPOSITORY, patterns=PATTERNS, revision=revision)
    return LoadedDataset(
        "humaneval",
        PREFIX,
        ("test",),
        read_problems(files, problem),
        isolation="program",
        prompt="humaneval",
    )


def problem(row: ProblemRow) -> Problem:
    """Return the problem of a row in HumanEval's format."""
    data = row.data
    name, prompt, test = entry_point(data), text(data, "prompt"), text(data, "test")
    if name is None:
        raise ValueError("'entry_point' must name what check(candidate) is to test")
    solution = text(data, "canonical_solution", "")
    many = test.count("assert ") > _MANY_ASSERTS
    return Problem(
        task_id=json_line.task_id(data.get("task_id")),
        prompt=prompt,
        tests=[TestCase.assertion(f"{test}\n\ncheck({name})\n")],
        entry_point=name,
        limits=_LIMITS_OF_MANY if many else None,
        solutions=(prompt + solution,) if solution else (),
        setup_code=helpers(prompt, solution, name),
        split="test",
    )


def helpers(prompt: str, solution: str, name: str) -> str:
    """Return the code before the entry point in the prompt, as setup code for the test."""
    root = name.split(".")[0].removesuffix("()")
    for node in definitions(prompt) or definitions(prompt + solution):
        if node.name == root:
            decorator_lines = [decorator.lineno for decorator in node.decorator_list]
            first = min([node.lineno, *decorator_lines])
            return "".join(prompt.splitlines(keepends=True)[: first - 1]).strip("\n")
    return ""


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``humaneval``."""
    register("humaneval", humaneval)
