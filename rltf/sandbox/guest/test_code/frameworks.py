"""Where the test's own frameworks are: among the modules, or hidden from the program.

In guarded mode the program gets its own ``unittest`` and ``pytest`` if it imports them. The test has
those of before, which are not in ``sys.modules`` (see ``candidate/private_frameworks.py``).
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

hidden: dict[str, Any] = {}
"""Modules by name that only the test and our own code use."""


def loaded(name: str) -> Any:
    """Return the test's module of that name, or ``None`` if it has not been imported."""
    return hidden.get(name) or sys.modules.get(name)
