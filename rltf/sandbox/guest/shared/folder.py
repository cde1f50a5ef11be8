"""The private folder of a test with files, inside a zygote and its children (csrc/folder.c).

It is their working directory and their temporary directory. The fixtures of a problem are in it
before anything of the program or of the test runs.
"""

from __future__ import annotations

import os
import sys

from . import imports

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

path = ""
"""Where it lies. Empty: the children of this zygote have none."""
has_heard = False
"""Whether the other side of a channel has changed something in it."""
filled: list[Callable[[], object]] = []
"""Called when the fixtures are in place, on both sides of a channel."""


def use(place: str, role: str) -> None:
    """Prepare a zygote whose children have a folder."""
    global path
    path = imports.temporary_folder = place
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = path  # type: ignore[attr-defined]
    if role == "candidate":
        # An import finds what the program has written, as it does beside a script. Never in a
        # judge, where files of the program arrive as well.
        sys.path.append(path)


def place(fixtures: Iterable[tuple[str, bytes]], *, is_shared: bool) -> None:
    """Write the fixtures of a problem: relative paths that the client has checked, and contents.

    ``is_shared``: both a judge and a candidate have such a folder.
    """
    for name, content in fixtures:
        if "/" in name:
            os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(content)
    for call in filled if is_shared else ():
        call()
