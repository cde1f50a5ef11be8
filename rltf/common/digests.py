"""Digests that name what decides a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


def text_digest(texts: Iterable[str]) -> str:
    """Return the digest of some texts, in order."""
    return hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()[:16]


def path_digest(path: str | None) -> object:
    """Return a digest of a file, or the names, sizes and times of the files in a folder."""
    if path is None or not (root := Path(path)).exists():
        return path
    if root.is_file():
        with root.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = [(str(file.relative_to(root)), file.lstat()) for file in sorted(root.rglob("*"))]
    return [(name, state.st_size, state.st_mtime_ns) for name, state in files]
