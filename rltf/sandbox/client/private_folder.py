"""The private folder of a test with files: how large it is, and where it lies.

A zygote mounts it (csrc/folder.c). Its place depends on the machine alone, so that a program and
its judge, and every test of every program, find it under one path.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePath

from rltf.errors import SandboxError
from rltf.limits import MIB, Limits
from rltf.sandbox.client.isolation_layers import FILES, LAYERS
from rltf.sandbox.client.readable_paths import Kind, Trees

_PLACES = ("/tmp", "/var/tmp", "/mnt", "/media", "/srv", "/opt", "/home")
"""Folders that exist everywhere. What they hold is hidden from the programs of such a test."""


@dataclass(frozen=True)
class Folder:
    """The limits of a private folder."""

    mb: int
    files: int

    @property
    def bytes(self) -> int:
        """The limit of its size."""
        return self.mb * MIB

    @classmethod
    def of(cls, limits: Limits) -> Folder:
        """Return the folder that tests with these limits get."""
        return cls(limits.files_mb, limits.files)


class FolderUnavailable(SandboxError):
    """This machine cannot give a test a folder of its own."""

    def __init__(self) -> None:
        super().__init__(
            "the test needs a folder for its files, which this machine cannot give it: that takes "
            f"{LAYERS[FILES].how} (rltf doctor)"
        )


def place(trees: Trees) -> str:
    """Return the folder that the private one is mounted over: one without anything to read."""
    readable = [PurePath(path) for path, kind in trees if kind != Kind.CLOSED]
    for name in _PLACES:
        is_usable = os.path.realpath(name) == name and os.access(name, os.X_OK)
        if is_usable and not any(path.is_relative_to(name) for path in readable):
            return name
    raise FolderUnavailable


def variables(path: str) -> dict[str, str]:
    """Return the environment variables that name it."""
    return {"HOME": path, "TMPDIR": path, "MPLCONFIGDIR": f"{path}/.matplotlib"}
