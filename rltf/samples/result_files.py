"""Where the results of a file of verdicts lie."""

from __future__ import annotations

from pathlib import Path

from rltf.common.file_writes import read_json
from rltf.errors import DataError

VERDICTS, RESULTS = "verdicts.jsonl", "results.json"
"""The two files of a folder of results."""


def results_path(verdicts: Path) -> Path:
    """Return the file for the results of some verdicts: results.json in the same folder.

    It is NAME.results.json if results.json is that of another file of verdicts. Raises
    :class:`rltf.errors.DataError` if results.json cannot be read.
    """
    path = verdicts.with_name(RESULTS)
    stored = read_json(path, DataError)
    if stored is None or stored.get("verdicts", VERDICTS) == verdicts.name:
        return path
    return verdicts.with_name(f"{verdicts.name.split('.jsonl')[0]}.{RESULTS}")
