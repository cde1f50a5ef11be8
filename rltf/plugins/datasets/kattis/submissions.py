"""The submissions of a Kattis problem: programs with the verdict that each must get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rltf.plugins.datasets.dataset_folders import read
from rltf.plugins.datasets.program_folder import joined
from rltf.submission import Submission
from rltf.verdict import Status

ACCEPTED = "accepted"
_EXPECTED: dict[str, tuple[Status, ...]] = {
    ACCEPTED: ("passed",),
    "wrong_answer": ("wrong_answer", "output_limit"),
    "run_time_error": ("runtime_error", "crashed", "forbidden", "memory_limit"),
    "time_limit_exceeded": ("timeout",),
}
"""Folder to the statuses that are right for what is in it."""
_NOT_PYTHON_3 = ("python2", "pypy2")


@dataclass
class Submissions:
    """The submissions of a problem that are programs in Python."""

    accepted: list[str] = field(default_factory=list)
    others: list[Submission] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """Why submissions were left out, such as ``.cc``, and how many."""


def submissions(problem: Path) -> Submissions:
    """Return the submissions of the problem in a folder."""
    found = Submissions()
    for folder in sorted((problem / "submissions").glob("*/")):
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith("."):
                continue
            expected = _EXPECTED.get(folder.name)
            files = {path.relative_to(entry.parent).as_posix(): path for path in _files(entry)}
            if other := next((p.suffix for p in files.values() if p.suffix != ".py"), ""):
                found.left_out[other] += 1
            elif expected is None:
                found.left_out[folder.name] += 1
            elif (program := _program(entry)) is None:
                found.left_out["no Python 3"] += 1
            elif folder.name == ACCEPTED:
                found.accepted.append(program)
            else:
                name = f"{folder.name}/{entry.name}"
                found.others.append(Submission(name, program, expected))
    return found


def _files(entry: Path) -> Iterator[Path]:
    if entry.is_file():
        yield entry
    else:
        yield from (path for path in sorted(entry.rglob("*")) if path.is_file())


def _program(entry: Path) -> str | None:
    """Return the program in a file or a folder; ``None`` if it is no program for Python 3."""
    root = entry if entry.is_dir() else entry.parent
    files = {path.relative_to(root).as_posix(): read(path) for path in _files(entry)}
    first_lines = [code.partition("\n")[0] for code in files.values()]
    if not files or any(name in line for line in first_lines for name in _NOT_PYTHON_3):
        return None
    try:
        return joined(files)
    except ValueError:
        return None
