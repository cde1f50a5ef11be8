"""The folder of a run or of a benchmark: one process works in it, with one set of options.

``config.json`` holds the options. Other options are refused; the same ones continue the work.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rltf.common.file_writes import Refuse, is_full, lock, write_json

CONFIG = "config.json"


class OutputFolder:
    """Make a folder where there is none, and lock it for this process.

    Args:
        kind: What the folder holds, such as ``a run``, for messages.
        refuse: Makes the error that says why the folder cannot be used.
    """

    def __init__(self, path: Path, kind: str, refuse: Refuse) -> None:
        self.path = path
        self._kind = kind
        self._refuse = refuse
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise self._cannot_write(error) from None
        try:
            is_free = lock(self._descriptor)
        except OSError as error:
            self.release()
            raise refuse(f"cannot lock {path}: {error.strerror}") from None
        if not is_free:
            self.release()
            raise refuse(f"another process is running in {path}")

    def release(self) -> None:
        """Let other processes lock the folder."""
        os.close(self._descriptor)

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Release the folder if it cannot be prepared; a full disk stays an ``OSError``."""
        try:
            yield
        except OSError as error:
            self.release()
            if is_full(error):
                raise
            raise self._cannot_write(error) from None
        except BaseException:
            self.release()
            raise

    def claim(
        self,
        options: Mapping[str, Any],
        stored: Mapping[str, Any] | None,
        line_files: Sequence[str],
    ) -> None:
        """Write the options to a new folder; refuse a folder that belongs to other ones.

        Args:
            stored: The options in the folder's ``config.json``; ``None``: there is no such file.
            line_files: Files that a new folder must not hold yet: they are somebody else's.
        """
        if stored is not None:
            require_same_options(self.path, self._kind, stored, options, self._refuse)
            return
        for name in line_files:
            if (self.path / name).exists():
                raise self._refuse(
                    f"{self.path} holds {name} but no {CONFIG} of {self._kind}; give another --out"
                )
        write_json(self.path / CONFIG, options)

    def _cannot_write(self, error: OSError) -> Exception:
        return self._refuse(f"cannot write {self._kind} to {self.path}: {error.strerror}")


def require_same_options(
    path: Path, kind: str, stored: Mapping[str, Any], options: Mapping[str, Any], refuse: Refuse
) -> None:
    """Raise the caller's error for the first option that a folder holds with another value.

    Options with the same ``digest`` are the same, under whatever names they were given.
    """
    options = json.loads(json.dumps(options))
    if "digest" in options and stored.get("digest") == options["digest"]:
        return
    for name, value in options.items():
        if stored.get(name) != value:
            raise refuse(
                f"{path} holds {kind} with {name}={stored.get(name)}, not {name}={value}; "
                "give another --out, or the same options to continue it"
            )


def default_folder(name: str, digest: str) -> Path:
    """Return the folder under ``runs`` for work of this name whose options have this digest."""
    words = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")
    return Path("runs") / f"{words}-{digest[:8]}"
