"""The files that a problem gives to its tests: relative paths, and text or bytes.

In JSON, bytes are written as ``{"base64": "…"}``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

_LONGEST_NAME = 255
_LONGEST_PATH = 1000


def check(files: Mapping[str, str | bytes]) -> None:
    """Raise ``ValueError`` for a path that is not inside the folder, or for content of no use."""
    for path, content in files.items():
        if not isinstance(path, str) or not _is_inside(path):
            raise ValueError(
                f"fixtures: {path!r:.80} must be a relative path such as 'data.csv' or "
                "'data/rows.csv', without '.', '..' and '//'"
            )
        if not isinstance(content, str | bytes):
            raise ValueError(f"fixtures: {path!r:.80} must be text or bytes, not {content!r:.60}")
        _encoded(path, content)
    for path in files:
        for folder in PurePosixPath(path).parents:
            if str(folder) in files:
                raise ValueError(f"fixtures: {str(folder)!r:.80} is both a file and a folder")


def encoded(files: Mapping[str, str | bytes]) -> tuple[tuple[str, bytes], ...]:
    """Return the paths and their contents as bytes."""
    return tuple((path, _encoded(path, content)) for path, content in files.items())


def _encoded(path: str, content: str | bytes) -> bytes:
    try:
        return content.encode() if isinstance(content, str) else content
    except UnicodeEncodeError:
        raise ValueError(f"fixtures: {path!r:.80} holds a surrogate, which is no text") from None


def _is_inside(path: str) -> bool:
    try:
        parts = path.encode().split(b"/")
    except UnicodeEncodeError:
        return False
    is_short = len(path.encode()) <= _LONGEST_PATH and max(map(len, parts)) <= _LONGEST_NAME
    return is_short and "\0" not in path and not {b"", b".", b".."} & set(parts)


def from_json(value: Any) -> dict[str, str | bytes]:
    """Read files from their JSON form; raise ``ValueError`` if it is wrong."""
    if not isinstance(value, dict):
        raise ValueError(f"'fixtures' must be an object of file names, not {value!r:.60}")
    return {path: _content(path, content) for path, content in value.items()}


def _content(path: str, value: Any) -> str | bytes:
    if isinstance(value, dict) and set(value) == {"base64"} and isinstance(value["base64"], str):
        try:
            return base64.b64decode(value["base64"], validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"fixtures: {path!r:.80} holds text that is not base64") from None
    if not isinstance(value, str):
        raise ValueError(
            f'fixtures: {path!r:.80} must be text or {{"base64": "…"}}, not {value!r:.60}'
        )
    return value


def to_json(files: Mapping[str, str | bytes]) -> dict[str, Any]:
    """Return the JSON form, which :func:`from_json` reads."""
    return {
        path: content
        if isinstance(content, str)
        else {"base64": base64.b64encode(content).decode("ascii")}
        for path, content in files.items()
    }
