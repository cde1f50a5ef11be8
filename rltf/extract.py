"""Extraction: the program inside what a model said."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^ {0,3}(?P<ticks>`{3,})[ \t]*(?P<language>[^\s`]*)[^`\n]*$", re.MULTILINE)
_TRIPLE_QUOTE = re.compile(r"\"\"\"|'''")


def unwrap(text: str, entry_point: str | None = None) -> tuple[str, int]:
    """The code in the fenced block that holds the program, and the character at which it begins.

    Of several blocks it is the last that defines ``entry_point``, else the last marked as Python,
    else the last. A text without fences is its own program. Fences inside triple-quoted strings are
    text.
    """
    blocks = [
        (text[start:end], start, language)
        for language, start, end in _blocks(text)
        if language in ("", "py") or language.startswith("python")
    ]
    # Sorting is stable: among equals the last block wins.
    best = sorted(
        blocks,
        key=lambda block: (
            entry_point is not None and defines(block[0], entry_point),
            block[2] != "",
        ),
    )
    return best[-1][:2] if best else (text, 0)


def defines(program: str, name: str) -> bool:
    """Whether a program defines a function, a class or a variable of this name at its top level.

    ``Solution().f`` is defined by the class.
    """
    name = re.escape(name.partition(".")[0].removesuffix("()"))
    definition = (
        rf"^(?:(?:async[ \t]+)?def[ \t]+{name}\b|class[ \t]+{name}\b|{name}[ \t]*[:=](?!=))"
    )
    return re.search(definition, program, re.MULTILINE) is not None


def _blocks(text: str) -> Iterator[tuple[str, int, int]]:
    """Language, start and end of each fenced block; one that is cut off ends with the text."""
    opening: re.Match[str] | None = None
    for fence in _fences(text):
        closes = opening and not fence["language"] and len(fence["ticks"]) >= len(opening["ticks"])
        if opening and closes:
            yield opening["language"].lower(), opening.end() + 1, fence.start()
            opening = None
        else:
            opening = fence
    if opening and text[opening.end() :].strip():
        yield opening["language"].lower(), opening.end() + 1, len(text)
    elif opening and not opening["language"]:
        # The prompt held the opening fence, and this one closes it.
        yield "", 0, opening.start()


def _fences(text: str) -> Iterator[re.Match[str]]:
    """Lines that begin or end a fenced block."""
    counted = 0
    quotes = 0
    for fence in _FENCE.finditer(text):
        quotes += len(_TRIPLE_QUOTE.findall(text, counted, fence.start()))
        counted = fence.start()
        if quotes % 2 == 0:
            yield fence
