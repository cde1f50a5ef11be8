"""Where the results of a file of verdicts lie, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rltf.common.file_writes import read_json
from rltf.common.schema import check_schema, read_versioned
from rltf.errors import DataError

VERDICTS, RESULTS = "verdicts.jsonl", "results.json"
"""The two files of a folder of results."""
_OBJECTS = ("sampling", "limits", "modes", "pass_at_k", "statuses", "samples")


def read_results(file: Path, refuse: Callable[[str], Exception]) -> dict[str, Any] | None:
    """Return what results.json holds, or ``None`` where there is no such file.

    Args:
        file: The file.
        refuse: Makes the exception for a file that cannot be read, is of another version, or has a
            field of the wrong type.
    """
    return read_versioned(file, refuse, check_results)


def check_results(found: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for results that this version of rltf did not write."""
    check_schema(found)
    for name in _OBJECTS:
        _require_object(found, name)
    _require_object(found.get("modes") or {}, "samples")
    if strange := [k for k in found.get("pass_at_k") or () if not k.isdecimal()]:
        raise ValueError(f'"pass_at_k" must be by whole numbers, not {strange[0]!r:.60}')
    name = found.get("verdicts", VERDICTS)
    if not isinstance(name, str) or name in ("", "..") or Path(name).name != name:
        raise ValueError(f'"verdicts" must name a file beside it, not {name!r:.60}')


def _require_object(of: Mapping[str, Any], name: str) -> None:
    value = of.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise ValueError(f'"{name}" must be an object, not {value!r:.60}')


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
