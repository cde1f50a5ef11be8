"""The version of the file formats, which every file that rltf writes holds as ``schema``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rltf.common.file_writes import read_json

SCHEMA = 1


def check_schema(found: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for a file of another version; one without a version is of this one."""
    if (schema := found.get("schema", SCHEMA)) != SCHEMA:
        raise ValueError(f'"schema" is {schema!r:.40}, and this version of rltf reads {SCHEMA}')


def read_versioned(
    file: Path,
    refuse: Callable[[str], Exception],
    check: Callable[[Mapping[str, Any]], None] = check_schema,
) -> dict[str, Any] | None:
    """Return the JSON object in a file, or ``None`` where there is no such file.

    Args:
        file: The file.
        refuse: Makes the exception for a file that cannot be read, or that ``check`` refuses.
        check: Raises ``ValueError`` for an object that this version of rltf did not write.
    """
    found = read_json(file, refuse)
    if found is not None:
        try:
            check(found)
        except ValueError as error:
            raise refuse(f"cannot read {file}: {error}") from None
    return found
