"""Command lines of small runs, and what such a run leaves in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MEASURED = ("_seconds", "_per_s", "_mb")


def run_arguments(folder: Path, settings: Mapping[str, object]) -> list[str]:
    """Return the command line that trains ``tiny`` with these settings."""
    options = [f"--set={name}={value}" for name, value in settings.items()]
    return ["run", "--policy", "tiny", "--out", str(folder), *options]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def repeatable_metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of ``metrics.jsonl`` without what is measured."""
    return [
        {name: value for name, value in line.items() if not name.endswith(_MEASURED)}
        for line in lines(folder / "metrics.jsonl")
    ]
