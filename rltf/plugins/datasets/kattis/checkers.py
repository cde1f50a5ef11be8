"""Makes checkers of the output validators of Kattis problems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rltf.plugins.datasets.dataset_folders import read
from rltf.plugins.datasets.kattis import default_validator
from rltf.plugins.datasets.program_folder import joined

_HERE = Path(__file__).parent
_DEFAULT = """

OPTIONS = Options({flags!r})


def check(input, output, expected):
    return is_accepted(output, expected, OPTIONS)
"""
_PYTHON = """

def check(input, output, expected):
    return is_accepted({program!r}, {flags!r}, input, output, expected)
"""


def default(flags: Sequence[str]) -> str:
    """Return the checker with these flags; raise ``ValueError`` for an unknown flag."""
    default_validator.Options(flags)
    return (_HERE / "default_validator.py").read_text("utf-8") + _DEFAULT.format(flags=list(flags))


def of_folder(folder: Path, flags: Sequence[str]) -> str:
    """Return the checker that runs the validator in a folder.

    Raises ``ValueError`` if it is no Python program.
    """
    validators = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    folders = [path for path in validators if path.is_dir()]
    if len(folders) == 1 and len(validators) == 1:
        validators = sorted(path for path in folders[0].rglob("*") if path.is_file())
        folder = folders[0]
    code = {
        path.relative_to(folder).as_posix(): read(path)
        for path in validators
        if path.suffix == ".py"
    }
    others = [path.name for path in validators if path.suffix != ".py"]
    if not code or others:
        raise ValueError("its output validator is not written in Python")
    source = (_HERE / "python_validator.py").read_text("utf-8")
    return source + _PYTHON.format(program=joined(code), flags=list(flags))
