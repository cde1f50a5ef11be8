"""Dataset ``mbpp``: Mostly Basic Python Problems (Austin et al., 2021), full and sanitized.

Reads mbpp.jsonl (974 problems), sanitized-mbpp.json (427) and the hub's
google-research-datasets/mbpp. The rows of a file show its format; ``mbpp:sanitized`` selects the
configuration on the hub.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from rltf.common import json_line
from rltf.common.did_you_mean import nearest
from rltf.dataset import LoadedDataset
from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.datasets.code_definitions import called_names, definitions
from rltf.plugins.datasets.data_source import locate
from rltf.plugins.datasets.problem_rows import ProblemRow, items, program, read_problems, text
from rltf.problem import Problem, TestCase

REPOSITORY = "google-research-datasets/mbpp"
PREFIX = "Mbpp/"
CONFIGS = ("full", "sanitized")

SPLITS = ("train", "test", "validation", "prompt")
_LAST_ID = {10: "prompt", 510: "test", 600: "validation", 974: "train"}
"""Last task id of each split, in order (from the README of the release)."""


def mbpp(
    config: str = "full", path: str | Path | None = None, *, revision: str | None = None
) -> LoadedDataset:
    """Load the problems of a file, or of a configuration on the hub."""
    if config not in CONFIGS:
        hint = nearest(config, CONFIGS, repr)
        raise DataError(f"dataset mbpp is {' or '.join(CONFIGS)} (mbpp:NAME), not {config!r}{hint}")
    patterns = [f"{config}/{split}-*.parquet" for split in SPLITS]
    files = locate("mbpp", path, repository=REPOSITORY, patterns=patterns, revision=revision)
    return LoadedDataset(
        "mbpp",
        PREFIX,
        SPLITS,
        read_problems(files, _problem),
        isolation="program",
        prompt="rltf",
    )


def _problem(row: ProblemRow) -> Problem:
    data = row.data
    task_id = json_line.task_id(data.get("task_id")).removeprefix(PREFIX)
    code = text(data, "code")
    tests = items(data, "test_list", program)
    imports = items(data, "test_imports", program, ())
    return Problem(
        task_id=task_id,
        prompt=text(data, "prompt") if "prompt" in data else text(data, "text"),
        tests=[TestCase.assertion(test) for test in tests],
        entry_point=entry_point(tests, code),
        solutions=(code,),
        setup_code="\n".join((*imports, text(data, "test_setup_code", ""))).strip(),
        split=_split(task_id),
        metadata={
            "test_list": tests,
            "challenge_test_list": items(data, "challenge_test_list", program, ()),
        },
    )


def entry_point(tests: Sequence[str], code: str) -> str | None:
    """Return the one function that every test calls and the reference defines, or ``None``."""
    functions = {node.name for node in definitions(code) if not isinstance(node, ast.ClassDef)}
    common = functions.intersection(*map(called_names, tests)) if tests else set()
    return common.pop() if len(common) == 1 else None


def _split(task_id: str) -> str:
    if not task_id.isdecimal():
        raise ValueError(f"'task_id' must be a number of MBPP, not {task_id!r:.60}")
    for last, split in _LAST_ID.items():
        if int(task_id) <= last:
            return split
    raise ValueError(f"'task_id' must be at most {max(_LAST_ID)}, not {task_id}")


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``mbpp``."""
    register("mbpp", mbpp)
