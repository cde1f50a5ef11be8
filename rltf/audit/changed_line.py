"""The line in which a mutant differs from its program."""

from __future__ import annotations

import ast
import difflib

from rltf.common import syntax


def changed_line(program: str, mutant: str) -> tuple[str, str]:
    """Return the line before and after; a mutant without a line of its own has left one out."""
    before = ast.unparse(syntax.parse(program)).splitlines()
    changes = difflib.SequenceMatcher(None, before, mutant.splitlines(), autojunk=False)
    after = mutant.splitlines()
    for tag, i1, i2, j1, j2 in changes.get_opcodes():
        is_docstring = all(line.strip().startswith(("'", '"')) for line in before[i1:i2])
        if tag != "equal" and not (tag == "delete" and is_docstring):
            return " ".join(before[i1:i2]).strip(), " ".join(after[j1:j2]).strip()
    return "", ""
