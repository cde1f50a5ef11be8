"""Fenced blocks, as models write them.

Markdown decides by lines; a model forgets a fence, puts code or prose on the line of one, or writes a
docstring that holds some. So of several places at which a block could end it is the first that makes
it Python, and where none does, the first.
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
OTHERS = {
    *(
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "terminal",
        "powershell",
        "cmd",
        "log",
        "traceback",
        "error",
    ),
    *(
        "text",
        "txt",
        "plaintext",
        "plain",
        "output",
        "out",
        "stdout",
        "input",
        "stdin",
        "pseudocode",
        "pseudo",
    ),
    *(
        "json",
        "yaml",
        "yml",
        "toml",
        "ini",
        "xml",
        "html",
        "css",
        "markdown",
        "md",
        "latex",
        "tex",
        "math",
    ),
    *(
        "mermaid",
        "diff",
        "csv",
        "sql",
        "c",
        "cpp",
        "c++",
        "cc",
        "csharp",
        "c#",
        "cs",
        "java",
        "javascript",
    ),
    *(
        "js",
        "jsx",
        "typescript",
        "ts",
        "tsx",
        "go",
        "golang",
        "rust",
        "rs",
        "ruby",
        "rb",
        "php",
        "perl",
        "r",
    ),
    *(
        "scala",
        "kotlin",
        "swift",
        "haskell",
        "hs",
        "lua",
        "julia",
        "matlab",
        "pascal",
        "elixir",
        "dart",
    ),
}
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
"""What may follow a language: ``title="a.py"``, ``{linenos}``, ``:main.py``, ``.11``, or words."""
_FILE = re.compile(r"[\w./-]+\.(?P<suffix>\w+)")
_CUT_FENCE = re.compile(r"\n[ \t>]*(?:`{1,2}|~{1,2})\s*\Z")
_MOST_MARKS = 400
"""Those that come last."""
_MOST_ENDS = 12
_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?: |$)")


@dataclass(frozen=True)
class _Mark:
    """A run of backticks or tildes."""

    start: int
    """Where what stands before it ends: the start of its line if only a margin does."""
    ticks: str
    end: int
    line_end: int
    margin: str | None
    """What stands before it in its line; ``None`` if that is more than a margin."""
    language: str | None
    """What the rest of the line says; ``None`` if the rest is no such thing."""
    code_at: int
    """Where code begins if this opens a block."""


def blocks(text: str, start: int, end: int, parser: Parser) -> Iterator[Piece]:
    """The fenced blocks between two places of a text, in their order."""
    marks = list(_marks(text, start, end))
    number = 0
    if marks and (before := _begun(text, start, marks[0], parser)):
        yield before
        number = 1
    while number < len(marks):
        piece, number = _block(text, marks, number, end, parser)
        yield piece
    if len(marks) == 1 and not marks[0].language and text[start : marks[0].start].strip():
        # it may as well close what the prompt has opened
        yield Piece(text[start : marks[0].start], start, marks[0].start)


def _marks(text: str, start: int, end: int) -> Iterator[_Mark]:
    for found in deque(_MARK.finditer(text, start, end), _MOST_MARKS):
        line_end = text.find("\n", found.end(), end)
        line_end = end if line_end < 0 else line_end
        margin = found["margin"]
        language, code_at = _opened(text, found.end(), line_end)
        begin = found.start()
        if margin is not None and _is_item(margin):
            begin = found.start("ticks")
        yield _Mark(begin, found["ticks"], found.end(), line_end, margin, language, code_at)


def _is_item(margin: str) -> bool:
    return not margin.isspace() and margin.strip(" \t>") != ""


def _opened(text: str, at: int, line_end: int) -> tuple[str | None, int]:
    """The language that a block's first line names, and where its code begins."""
    next_line = min(line_end + 1, len(text))
    info = _INFO.match(text, at, line_end)
    assert info
    language = (info["braced"] or info["word"] or "").lower()
    rest = text[info.end() : line_end].strip()
    if not rest:
        return language, next_line
    if language in PYTHON or language in OTHERS or info["braced"]:
        if _ATTRIBUTES.fullmatch(rest) and not iskeyword(rest.split()[0]):
            return language, next_line
        # code on the line of its fence; other languages are not code of ours
        return language, info.end()
    if file := _FILE.fullmatch(text[at:line_end].strip()):
        return file["suffix"].lower(), next_line
    return None, at + len(text[at:line_end]) - len(text[at:line_end].lstrip())


def _begun(text: str, start: int, mark: _Mark, parser: Parser) -> Piece | None:
    """The program before a fence that closes what the prompt has opened."""
    code = text[start : mark.start]
    if mark.language in PYTHON or not is_program(parser.tree(code)):
        return None
    return Piece(code, start, mark.start, "python")


def _block(
    text: str, marks: Sequence[_Mark], number: int, end: int, parser: Parser
) -> tuple[Piece, int]:
    """The block that a mark opens, and the number of the mark after it."""
    opening = marks[number]
    ends = list(_ends(text, marks, number))
    chosen = None
    for place, after in ends[:_MOST_ENDS]:
        if not parser.can_read(place - opening.end):
            break
        if "#" in text[max(text.rfind("\n", 0, place) + 1, opening.end) : place]:
            continue  # a comment that speaks of fences
        if parser.tree(_piece(text, opening, place).code) is not None:
            chosen = place, after
            break
    if chosen is None:
        at_line_starts = [found for found in ends if text[found[0] - 1] == "\n"]
        if not ends and (cut := _CUT_FENCE.search(text, max(opening.end, end - 40), end)):
            end = cut.start() + 1
        chosen = (at_line_starts or ends or [(end, len(marks))])[0]
    piece = _piece(text, opening, chosen[0])
    if not ends and parser.tree(piece.code) is None:
        # it has no end, and prose may come after the code
        piece = next(unfenced_code.runs(text, piece.start, end, parser), piece)
        piece = replace(piece, language=opening.language or "")
    return piece, chosen[1]


def _ends(text: str, marks: Sequence[_Mark], number: int) -> Iterator[tuple[int, int]]:
    """Where the block that a mark opens may end, and the number of the mark after that."""
    opening = marks[number]
    for place in range(number + 1, min(len(marks), number + 1 + 4 * _MOST_ENDS)):
        mark = marks[place]
        if mark.ticks[0] != opening.ticks[0] or len(mark.ticks) < len(opening.ticks):
            continue
        is_next = mark.margin is not None and mark.language in (PYTHON | OTHERS)
        yield mark.start, place + (not is_next)


def _piece(text: str, opening: _Mark, end: int) -> Piece:
    start = min(opening.code_at, end)
    if start < opening.end:  # the fence of an inline block
        start = opening.end
    return cut_out(text, start, max(start, end), opening.margin or "", opening.language or "")


def without_prompts(piece: Piece) -> Piece:
    """The first lines that were typed in an interactive session, without the prompts before them."""
    blank = len(piece.code) - len(piece.code.lstrip("\r\n"))
    kept = lines(piece.code[blank:])
    if not kept or not kept[0].startswith(">>> "):
        return piece
    typed = takewhile(lambda line: _PROMPT.match(line.rstrip("\r\n")), kept)
    code = "".join(line[4:] if line.startswith((">>> ", "... ")) else line[3:] for line in typed)
    return Piece(code, piece.start + blank + 4, piece.end, piece.language)
