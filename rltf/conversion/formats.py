"""The formats by name: what their rows look like, and which tool writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rltf.dataset import DataError


@dataclass(frozen=True)
class Format:
    """A format of sample files or of result files."""

    name: str
    description: str
    keys: frozenset[str] = frozenset()
    """Keys of every row; none where a row is a list."""
    has_results: bool = False
    needs_dataset: bool = False
    file: Callable[[str], bool] = lambda name: False
    """Tells whether a file of this name has this format."""

    def holds(self, row: Any) -> bool:
        """Return whether a row has this format."""
        if not self.keys:
            return isinstance(row, list)
        return isinstance(row, dict) and self.keys <= row.keys()


def _keys(*names: str) -> frozenset[str]:
    return frozenset(names)


def _named(*ends: str) -> Callable[[str], bool]:
    return lambda name: name.removesuffix(".gz").endswith(ends)


_ALL = (
    Format(
        "humaneval-results",
        "HumanEval's _results.jsonl",
        _keys("task_id", "completion", "result", "passed"),
        has_results=True,
        needs_dataset=True,
        file=_named("_results.jsonl"),
    ),
    Format(
        "evalplus-results",
        "EvalPlus' eval_results.json",
        _keys("solution", "base_status", "plus_status"),
        has_results=True,
        file=_named("eval_results.json"),
    ),
    Format(
        "livecodebench-results",
        "LiveCodeBench's _eval_all.json",
        _keys("question_id", "code_list", "graded_list"),
        has_results=True,
        file=_named("_eval_all.json"),
    ),
    Format(
        "bigcode-results",
        "bigcode's evaluation_results.json: pass@k alone, written only",
        _keys("pass@k"),
        has_results=True,
        needs_dataset=True,
        file=_named("evaluation_results.json"),
    ),
    Format(
        "bigcode",
        "bigcode's generations.json: a list of programs per problem, in dataset order",
        needs_dataset=True,
        file=lambda name: name.startswith("generations") and name.endswith(".json"),
    ),
    Format(
        "evalplus",
        'JSON lines {"task_id", "solution"}',
        _keys("task_id", "solution"),
        file=_named(".jsonl"),
    ),
    Format(
        "humaneval",
        'JSON lines {"task_id", "completion"}',
        _keys("task_id", "completion"),
        needs_dataset=True,
    ),
    Format(
        "livecodebench",
        '.json list of {"question_id", "code_list"}',
        _keys("question_id", "code_list"),
    ),
    Format(
        "evalplus-folder",
        "a folder of programs TASK/N.py",
        _keys("folder", "solution"),
        file=lambda name: "." not in name,
    ),
)

FORMS = {form.name: form for form in _ALL}


def guess(path: Path) -> Format:
    """Return the format of a file of this name; :class:`DataError` where the name does not tell."""
    for form in _ALL:
        if form.file(path.name):
            return form
    raise DataError(f"{path}: its name does not tell the form; give --to ({', '.join(FORMS)})")
