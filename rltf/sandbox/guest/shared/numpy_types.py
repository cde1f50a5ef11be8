"""The classes of numpy, told from those of a program without asking numpy or the program.

A program that shares the process can put anything into ``sys.modules``.
"""

from __future__ import annotations

from . import classes

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


def base_of(kind: type, name: str) -> Any:
    """Return numpy's class of that name if a class is it or derives from it, else ``None``.

    numpy's are made in C, as no class of a program is, whatever it is called.
    """
    for base in classes.bases(kind):
        if classes.is_made_in_c(base) and base.__module__ == "numpy" and base.__name__ == name:
            return base
    return None
