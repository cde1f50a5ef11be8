"""What an audit leaves out of a run; the run folder keeps it, so that a resumed run needs no audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rltf.common.file_writes import read_json, write_json
from rltf.common.schema import SCHEMA
from rltf.errors import ConfigError
from rltf.trainer.problem_split import Problems

_KEPT = "left_out.json"
"""The file of a run folder that says which problems are left out of the run, and why."""


def without_left_out(problems: Problems, audit: str, folder: Path) -> Problems:
    """Return the problems without those that an audit leaves out; held-out problems stay.

    Args:
        problems: The problems of the dataset.
        audit: A report of ``rltf audit``.
        folder: The run's folder. What it keeps of an audit decides, if anything.

    Raises :class:`ConfigError` if the file is no report, or leaves nothing to train on.
    """
    left_out = _left_out(audit, folder)
    kept = [each for each in problems.train if each.task_id not in left_out]
    if not any(problem.tests for problem in kept):
        raise ConfigError(f"the audit {audit} leaves no problem to train on")
    count = len(problems.train) - len(kept)
    note = f"{count} of {len(problems.train)} problems are left out, as {audit} says"
    notes = "; ".join(filter(None, [problems.note, note if count else ""]))
    return replace(problems, train=kept, note=notes)


def keep_left_out(audit: str, folder: Path) -> None:
    """Keep in the run's folder what the audit leaves out; a later audit changes nothing of it."""
    left_out = _left_out(audit, folder)
    write_json(folder / _KEPT, {"schema": SCHEMA, "audit": audit, "left_out": left_out})


def _left_out(audit: str, folder: Path) -> Mapping[str, str]:
    """Return task id to reason."""
    for file in (folder / _KEPT, Path(audit)):
        report = read_json(file, ConfigError)
        if report is None:
            continue
        left_out = report.get("left_out")
        if isinstance(left_out, dict):
            return left_out
        raise ConfigError(f"{file} is no report of rltf audit; rltf run --audit makes one")
    raise ConfigError(f"there is no report of rltf audit {audit}; rltf run --audit makes one")
