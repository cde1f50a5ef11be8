"""Which problems' tests have a folder for files, and what is in it at first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from rltf.common import fixture_files
from rltf.limits import Limits
from rltf.problem import Problem
from rltf.sandbox.client.private_folder import Folder
from rltf.sandbox.judging.file_uses import uses_files

Fixtures = tuple[tuple[str, bytes], ...]
"""Paths and contents."""


@dataclass(frozen=True)
class FilledFolder:
    """A private folder, with files."""

    limits: Folder
    fixtures: Fixtures = ()

    def misfit(self) -> str:
        """Return why the files do not fit; empty if they do."""
        size = sum(len(content) for _, content in self.fixtures)
        folders = {folder for path, _ in self.fixtures for folder in PurePosixPath(path).parents}
        count = len(self.fixtures) + len(folders) - bool(folders)  # its own folder is not counted
        if size > self.limits.bytes:
            return f"the fixtures are {size} bytes, and files_mb is {self.limits.mb}"
        if count > self.limits.files:
            return f"the fixtures are {count} files and folders, and files is {self.limits.files}"
        return ""


def folder_of(problem: Problem, limits: Limits) -> FilledFolder | None:
    """Return the folder of a problem's tests, or ``None`` if they need none.

    All tests of a problem have one if one of them needs it.
    """
    if not (problem.files or _uses_files(problem)):
        return None
    return FilledFolder(Folder.of(limits), fixture_files.encoded(problem.fixtures))


def _uses_files(problem: Problem) -> bool:
    """Return whether the problem's own code visibly needs a folder."""
    codes = [test.code for test in problem.tests if test.kind == "assert"]
    return any(map(uses_files, codes)) or bool(codes and uses_files(problem.setup_code))
