"""Suggest the known names that are close to an unknown one."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable


def nearest(name: object, known: Iterable[str], show: Callable[[str], str] = str) -> str:
    """Return ``; did you mean fine?``, or an empty text if no known name is close.

    Args:
        name: The unknown name.
        known: The known names.
        show: Formats a name; ``repr`` if the message quotes names.
    """
    by_fold = {choice.casefold(): choice for choice in known}
    folded = str(name).casefold()
    near = difflib.get_close_matches
    matches = near(folded, by_fold) or near(folded, by_fold, n=1, cutoff=0.5)
    if folded in by_fold:
        matches = [folded]
    names = " or ".join(show(by_fold[match]) for match in matches)
    return f"; did you mean {names}?" if names else ""
