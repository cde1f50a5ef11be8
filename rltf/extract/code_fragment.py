"""A piece of a text: code, and where in the text it begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from rltf.spans import LINE_END

_LIST_ITEM = re.compile(r"[-*+]|\d+[.)]")


@dataclass(frozen=True)
class Piece:
    """Code in a text. Each of its lines is the end of a line of the text, behind a margin or none."""

    code: str
    start: int
    """Character of the text at which the code begins."""
    end: int
    """Character of the text at which it has ended."""
    language: str = ""
    """As it is marked, in lower case."""


def cut_out(text: str, start: int, end: int, margin: str, language: str = "") -> Piece:
    """What stands from ``start`` to ``end`` without the margin of its lines.

    Args:
        text: The text.
        start: The first character, which lies behind the margin where it begins a line.
        end: One past the last character.
        margin: Blanks, ``>`` of quotes, and the mark of a list item, which later lines have as blanks.
        language: As it is marked.
    """
    code = text[start:end]
    margin = _LIST_ITEM.sub(lambda mark: " " * len(mark[0]), margin)
    if not margin or not code:
        return Piece(code, start, end, language)
    at_line_start = start == 0 or text[start - 1] in "\r\n"
    kept = lines(code)
    skipped = [_margin_length(line, margin) for line in kept]
    if not at_line_start:
        skipped[0] = 0
    rest = [line[length:] for line, length in zip(kept, skipped, strict=True)]
    return Piece("".join(rest), start + skipped[0], end, language)


def dedented(piece: Piece) -> Piece:
    """Without the blanks that all its lines begin with."""
    kept = lines(piece.code)
    blanks = [len(line) - len(line.lstrip(" \t")) for line in kept]
    margin = min(blank for line, blank in zip(kept, blanks, strict=True) if line.strip())
    skipped = [min(blank, margin) for blank in blanks]
    code = "".join(line[length:] for line, length in zip(kept, skipped, strict=True))
    return Piece(code, piece.start + skipped[0], piece.end, piece.language)


def lines(code: str) -> list[str]:
    """The lines of code, with their ends."""
    ends = [found.end() for found in LINE_END.finditer(code)]
    return [code[start:end] for start, end in pairwise([0, *ends, len(code)]) if start < end]


def _margin_length(line: str, margin: str) -> int:
    """How much of a line is margin: of blanks, as many as it has."""
    at = 0
    for character in margin:
        here = line[at : at + 1]
        if here == character or (character == " " and here == "\t"):
            at += 1
            if here == "\t" and character == " ":
                break  # a tab stands for all blanks
        elif character == ">":
            break
    return at
