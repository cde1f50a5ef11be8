"""A piece of a text: code, and its position in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from rltf.spans import LINE_END

_LIST_ITEM = re.compile(r"[-*+]|\d+[.)]")


@dataclass(frozen=True)
class Piece:
    """Code in a text. Each of its lines is a line of the text, without the margin if any."""

    code: str
    start: int
    """First character of the code in the text."""
    end: int
    """One past its last character in the text."""
    language: str = ""
    """Language that the text names, in lower case."""


def cut_out(text: str, start: int, end: int, margin: str, language: str = "") -> Piece:
    """Return the piece from ``start`` to ``end``, without the margin of its lines.

    Args:
        text: The text.
        start: The first character; in its line, it is behind the margin.
        end: One past the last character.
        margin: Blanks, ``>`` of quotes, or the mark of a list item, which is blanks in later lines.
        language: Language that the text names.
    """
    code = text[start:end]
    margin = _LIST_ITEM.sub(lambda mark: " " * len(mark[0]), margin)
    if not margin or not code:
        return Piece(code, start, end, language)
    at_line_start = start == 0 or text[start - 1] in "\r\n"
    code_lines = lines(code)
    margin_lengths = [_margin_length(line, margin) for line in code_lines]
    if not at_line_start:
        margin_lengths[0] = 0
    return Piece(_cut(code_lines, margin_lengths), start + margin_lengths[0], end, language)


def dedented(piece: Piece) -> Piece:
    """Return the piece without the indentation that all its lines share."""
    code_lines = lines(piece.code)
    indents = [len(line) - len(line.lstrip(" \t")) for line in code_lines]
    shared = min(indent for line, indent in zip(code_lines, indents, strict=True) if line.strip())
    lengths = [min(indent, shared) for indent in indents]
    return Piece(_cut(code_lines, lengths), piece.start + lengths[0], piece.end, piece.language)


def _cut(code_lines: list[str], lengths: list[int]) -> str:
    """Return the lines without their first characters: a number of characters for each line."""
    return "".join(line[length:] for line, length in zip(code_lines, lengths, strict=True))


def lines(code: str) -> list[str]:
    """Return the lines of code, with their line ends."""
    ends = [match.end() for match in LINE_END.finditer(code)]
    return [code[start:end] for start, end in pairwise([0, *ends, len(code)]) if start < end]


def _margin_length(line: str, margin: str) -> int:
    """Return the length of the margin in a line, which may have fewer blanks than the margin."""
    length = 0
    for expected in margin:
        character = line[length : length + 1]
        if character == expected or (expected == " " and character == "\t"):
            length += 1
            if character == "\t" and expected == " ":
                break  # a tab replaces all remaining blanks
        elif expected == ">":
            break
    return length
