"""Datasets that are folders of files, which the hub does not have."""

from __future__ import annotations

from pathlib import Path

from rltf.common import dataset_files
from rltf.errors import DataError
from rltf.samples.row_file import missing


def folder(name: str, path: str | Path | None, contents: str) -> Path:
    """Return the user's folder, which programs may not read from now on.

    Args:
        name: The dataset, for messages.
        path: The folder.
        contents: What the folder must hold, for messages.

    Raises :class:`DataError` if it does not exist or is not a folder.
    """
    if path is None:
        raise DataError(f"dataset {name}: give {contents} with --data DIR")
    root = Path(path).expanduser()
    dataset_files.note(root)
    if not root.exists():
        raise DataError(missing(root))
    if not root.is_dir():
        raise DataError(f"{path}: dataset {name} is a folder: give {contents}")
    return root


def read(file: Path) -> str:
    """Return the text of a file; raise :class:`DataError` if there is none."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not UTF-8 ({error.reason})") from None
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}") from None


def read_if_any(file: Path) -> str:
    """Return the text of a file, or an empty text if it does not exist."""
    return read(file) if file.is_file() else ""
