"""Where the data of a benchmark come from, and when its problems were published.

A model may have read problems that are older than its training data. So results name the files, and
:class:`Window` leaves out problems by the day on which they were published, as LiveCodeBench does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rltf.common import dataset_files
from rltf.errors import DataError
from rltf.problem import Problem

PUBLISHED = "contest_date"
"""The key of a problem's metadata that holds its day, as ``YYYY-MM-DD`` with or without a time."""
_HUB_COPY = re.compile(r"/datasets--([^/]+)--([^/]+)/snapshots/(\w+)")
"""A dataset in the hub's cache: owner, name and commit."""


@dataclass(frozen=True)
class Window:
    """The days on which problems may have been published, both included; ``None``: no bound."""

    after: date | None = None
    before: date | None = None

    def __bool__(self) -> bool:
        return (self.after, self.before) != (None, None)

    def __contains__(self, problem: Problem) -> bool:
        """Return whether a problem is in the window; :class:`DataError` if it has no date."""
        day = published(problem)
        if day is None:
            raise DataError(
                f"problem {problem.task_id} has no {PUBLISHED}: --after and --before are for "
                "datasets with dates, such as livecodebench"
            )
        return (self.after is None or self.after <= day) and (
            self.before is None or day <= self.before
        )


def published(problem: Problem) -> date | None:
    """Return the day on which a problem was published, or ``None`` if it names none."""
    try:
        return date.fromisoformat(str(problem.metadata.get(PUBLISHED, ""))[:10])
    except ValueError:
        return None


def origin(path: str | None, problems: Sequence[Problem], window: Window) -> dict[str, Any]:
    """Return what results.json says of the data: source, dates and window.

    Args:
        path: The file or folder that the user named, or ``None``.
        problems: The problems that are used.
        window: The window that they were chosen by.
    """
    source, files = _source(path)
    days = sorted(day for problem in problems if (day := published(problem)))
    return {
        "source": source,
        "date": _newest(files) if files else None,
        "published": [day.isoformat() for day in (days[0], days[-1])] if days else None,
        "after": window.after.isoformat() if window.after else None,
        "before": window.before.isoformat() if window.before else None,
    }


def _source(path: str | None) -> tuple[str, Path | None]:
    """Return the name of the source, and its files if there are any."""
    if path is not None:
        file = Path(path).expanduser().absolute()
        return str(file), file
    for folder in sorted(dataset_files.noted()):
        if match := _HUB_COPY.search(folder):
            owner, name, commit = match.groups()
            return f"{owner}/{name}@{commit}", Path(folder)
    return "built in", None


def _newest(path: Path) -> str | None:
    """Return the day on which a file, or the newest file of a folder, was last changed."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    times = [file.stat().st_mtime for file in files]
    return datetime.fromtimestamp(max(times), UTC).date().isoformat() if times else None
