"""Dataset ``bigcodebench``: BigCodeBench (Zhuo et al., 2024), functions that use many libraries.

``bigcodebench:complete`` (the default) shows a function to complete, ``bigcodebench:instruct`` a
task in words. ``bigcodebench:hard-complete`` and ``hard-instruct`` read the hard subset from the
hub; with ``--data`` the file decides which problems there are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from rltf.common import json_line
from rltf.dataset import LoadedDataset
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.plugins.datasets import third_party
from rltf.plugins.datasets.data_source import check_form, locate
from rltf.plugins.datasets.problem_rows import ProblemRow, entry_point, read_problems, text
from rltf.problem import Problem, TestCase

REPOSITORIES = {"": "bigcode/bigcodebench", "hard-": "bigcode/bigcodebench-hard"}
PATTERNS = ("data/v0.1.4-*.parquet",)
"""The release that BigCodeBench's own harness reads."""
PREFIX = "BigCodeBench/"
_PROMPTS = {"complete": "complete_prompt", "instruct": "instruct_prompt"}
CONFIGS = tuple(f"{subset}{form}" for subset in REPOSITORIES for form in _PROMPTS)

LIMITS = Limits(cpu_s=60.0, memory_mb=4096)
"""Limits of all tests of a problem together; importing the libraries alone takes seconds."""


def bigcodebench(
    config: str = "complete", path: str | Path | None = None, *, revision: str | None = None
) -> LoadedDataset:
    """Load the problems of a file, or of BigCodeBench from the hub.

    Problems that need packages which are not installed are left out.
    """
    check_form("bigcodebench", config, CONFIGS)
    form = config.removeprefix("hard-")
    files = locate(
        "bigcodebench",
        path,
        repository=REPOSITORIES[config.removesuffix(form)],
        patterns=PATTERNS,
        revision=revision,
    )
    read: Callable[[ProblemRow], Problem] = partial(_problem, form)
    problems, skipped = third_party.runnable(read_problems(files, read))
    return LoadedDataset("bigcodebench", PREFIX, ("test",), problems, skipped, "program")


def _problem(form: str, row: ProblemRow) -> Problem:
    data = row.data
    name = entry_point(data)
    if name is None:
        raise ValueError("'entry_point' must name the function that is tested")
    beginning = text(data, "complete_prompt" if form == "complete" else "code_prompt")
    solution = text(data, "canonical_solution", "")
    return Problem(
        task_id=json_line.task_id(data.get("task_id")),
        prompt=text(data, _PROMPTS[form]),
        tests=[TestCase.assertion(text(data, "test"))],
        entry_point=name,
        limits=LIMITS,
        solutions=(beginning + solution,) if solution else (),
        files=True,
        split="test",
        metadata={"libs": text(data, "libs", "")},
    )


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``bigcodebench``."""
    register("bigcodebench", bigcodebench)
