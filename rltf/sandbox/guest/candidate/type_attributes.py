"""The attributes of a type, where they can be changed although the type is immutable."""

from __future__ import annotations

import gc

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


def of(kind: type) -> Any:
    """Return the dictionary of a type itself, not the view of it that is read-only."""
    return gc.get_referents(vars(kind))[0]
