"""Find fenced blocks as models write them.

Markdown goes by lines. But a model may forget a fence, put code or prose on the line of a fence, or
write a docstring that contains fences. So if a block could end at several places, it ends at the
first one that makes it valid Python, or else at the first one.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from keyword import iskeyword

from rltf.extract import unfenced_code
from rltf.extract.code_fragment import Piece, cut_out, lines
from rltf.extract.python import Parser, is_program

PYTHON = {"python", "python2", "python3", "py", "py2", "py3", "pycon", "python-repl", "ipython"}
_OTHER_LANGUAGES = """
bash sh shell zsh console terminal powershell cmd log traceback error text txt plaintext plain
output out stdout input stdin pseudocode pseudo json yaml yml toml ini xml html css markdown md
latex tex math mermaid diff csv sql c cpp c++ cc csharp c# cs java javascript js jsx typescript ts
tsx go golang rust rs ruby rb php perl r scala kotlin swift haskell hs lua julia matlab pascal
elixir dart
"""
OTHERS = set(_OTHER_LANGUAGES.split())
"""Languages of blocks that hold no Python program."""
MARKDOWN = {"markdown", "md"}
_MARK = re.compile(
    r"(?P<margin>^[ \t>]*+(?:(?:[-*+]|\d{1,3}[.)])[ \t]++)?+[ \t>]*+)?+(?P<ticks>`{3,}+|~{3,}+)",
    re.M,
)
_INFO = re.compile(
    r"[ \t]*(?:\{[ \t]*\.?(?P<braced>[\w+#-]+)[^}\n]*\}|(?P<word>[A-Za-z][\w+#-]*))?[ \t]*"
)
_ATTRIBUTES = re.compile(
    r"[ \t,:]*(?:(?:\{[^}\n]*\}|[\w-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[\w./-]+)|[\w./-]+\.py|[\d.]+)[ \t,]*)*"
    r"|[:(]?[A-Za-z][\w .,-]*\)?"
)
"""Text that may follow a language: ``title="a.py"``, ``{linenos}``, ``:main.py``, ``.11``."""
_FILE = re.compile(r"[\w./-]+\.(?P<suffix>\w+)")
_CUT_FENCE = re.compile(r"\n[ \t>]*(?:`{1,2}|~{1,2})\s*\Z")
_MOST_MARKS = 400
"""Maximum number of fences to read in a text: the last ones."""
_MOST_ENDS = 12
_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?: |$)")


@dataclass(frozen=True)
class _Mark:
    """A fence: a run of backticks or tildes."""

    start: int
    """End of the text before the fence: the start of its line if only a margin precedes it."""
    ticks: str
    end: int
    line_end: int
    margin: str | None
    """Text before the fence in its line; ``None`` if it is more than a margin."""
    language: str | None
    """Language in the rest of the line, perhaps empty; ``None`` if the rest is something else."""
    code_start: int
    """Start of the code if the fence opens a block."""


def blocks(text: str, start: int, end: int, parser: Parser) -> Iterator[Piece]:
    """Yield the fenced blocks in a part of a text, in order."""
    marks = list(_marks(text, start, end))
    index = 0
    if marks and (before := _opened_by_prompt(text, start, marks[0], parser)):
        yield before
        index = 1
    while index < len(marks):
        piece, index = _block(text, marks, index, end, parser)
        yield piece
    if len(marks) == 1 and not marks[0].language and text[start : marks[0].start].strip():
        # The only fence may also close a block that the prompt has opened.
        yield Piece(text[start : marks[0].start], start, marks[0].start)


def _marks(text: str, start: int, end: int) -> Iterator[_Mark]:
    for match in deque(_MARK.finditer(text, start, end), _MOST_MARKS):
        line_end = text.find("\n", match.end(), end)
        line_end = end if line_end < 0 else line_end
        margin = match["margin"]
        language, code_start = _opening_line(text, match.end(), line_end)
        mark_start = match.start()
        if margin is not None and _is_list_item(margin):
            mark_start = match.start("ticks")
        yield _Mark(mark_start, match["ticks"], match.end(), line_end, margin, language, code_start)


def _is_list_item(margin: str) -> bool:
    return not margin.isspace() and margin.strip(" \t>") != ""


def _opening_line(text: str, start: int, line_end: int) -> tuple[str | None, int]:
    """Return the language in the rest of a fence's line, and the position at which code begins."""
    next_line = min(line_end + 1, len(text))
    info = _INFO.match(text, start, line_end)
    assert info
    language = (info["braced"] or info["word"] or "").lower()
    rest = text[info.end() : line_end].strip()
    if not rest:
        return language, next_line
    if language in PYTHON or language in OTHERS or info["braced"]:
        if _ATTRIBUTES.fullmatch(rest) and not iskeyword(rest.split()[0]):
            return language, next_line
        # The code begins on the fence's line.
        return language, info.end()
    rest_of_line = text[start:line_end]
    if file := _FILE.fullmatch(rest_of_line.strip()):
        return file["suffix"].lower(), next_line
    return None, start + len(rest_of_line) - len(rest_of_line.lstrip())


def _opened_by_prompt(text: str, start: int, mark: _Mark, parser: Parser) -> Piece | None:
    """Return the program before a fence that closes a block that the prompt has opened."""
    code = text[start : mark.start]
    if mark.language in PYTHON or not is_program(parser.tree(code)):
        return None
    return Piece(code, start, mark.start, "python")


def _block(
    text: str, marks: Sequence[_Mark], index: int, end: int, parser: Parser
) -> tuple[Piece, int]:
    """Return the block that a mark opens, and the index of the mark after it."""
    opening = marks[index]
    ends = list(_ends(marks, index))
    chosen = None
    for position, next_index in ends[:_MOST_ENDS]:
        if not parser.can_read(position - opening.end):
            break
        if "#" in text[max(text.rfind("\n", 0, position) + 1, opening.end) : position]:
            continue  # the fence is in a comment
        if parser.tree(_piece(text, opening, position).code) is not None:
            chosen = position, next_index
            break
    if chosen is None:
        at_line_starts = [candidate for candidate in ends if text[candidate[0] - 1] == "\n"]
        if not ends and (cut := _CUT_FENCE.search(text, max(opening.end, end - 40), end)):
            end = cut.start() + 1
        chosen = (at_line_starts or ends or [(end, len(marks))])[0]
    piece = _piece(text, opening, chosen[0])
    if not ends and parser.tree(piece.code) is None:
        # The block has no end, so prose may follow the code.
        piece = next(unfenced_code.runs(text, piece.start, end, parser), piece)
        piece = replace(piece, language=opening.language or "")
    return piece, chosen[1]


def _ends(marks: Sequence[_Mark], index: int) -> Iterator[tuple[int, int]]:
    """Yield each position where a mark's block may end, and the index of the next opening mark."""
    opening = marks[index]
    for end_index in range(index + 1, min(len(marks), index + 1 + 4 * _MOST_ENDS)):
        mark = marks[end_index]
        if mark.ticks[0] != opening.ticks[0] or len(mark.ticks) < len(opening.ticks):
            continue
        opens_block = mark.margin is not None and mark.language in (PYTHON | OTHERS)
        yield mark.start, end_index + (not opens_block)


def _piece(text: str, opening: _Mark, end: int) -> Piece:
    start = min(opening.code_start, end)
    if start < opening.end:  # the block is inline
        start = opening.end
    return cut_out(text, start, max(start, end), opening.margin or "", opening.language or "")


def without_prompts(piece: Piece) -> Piece:
    """Return the first input of an interactive session, without its prompts, or else the piece."""
    blank = len(piece.code) - len(piece.code.lstrip("\r\n"))
    code_lines = lines(piece.code[blank:])
    if not code_lines or not code_lines[0].startswith(">>> "):
        return piece
    inputs = takewhile(lambda line: _PROMPT.match(line.rstrip("\r\n")), code_lines)
    code = "".join(line[4:] if line.startswith((">>> ", "... ")) else line[3:] for line in inputs)
    return Piece(code, piece.start + blank + 4, piece.end, piece.language)
