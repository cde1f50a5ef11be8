"""The line in which a mutant differs from its program."""

from __future__ import annotations

import difflib

from rltf.augment.mutants import mutable_form


def changed_line(program: str, mutant: str) -> tuple[str, str]:
    """Return the line before and after; the latter is empty if the mutant lacks the line."""
    before, after = mutable_form(program).splitlines(), mutant.splitlines()
    changes = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in changes.get_opcodes():
        if tag != "equal":
            return " ".join(before[i1:i2]).strip(), " ".join(after[j1:j2]).strip()
    return "", ""
