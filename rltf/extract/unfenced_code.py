"""Find programs in prose without fences.

Only prose is removed: a program that is not valid Python stays complete, and wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rltf.extract.code_fragment import Piece, cut_out
from rltf.extract.python import Parser, is_inert, is_program

_KEYWORDS = (
    "assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import"
    "|lambda|nonlocal|not|pass|raise|return|try|while|with|yield|print|match|case"
)
_PROSE_LINE = (
    r"[ \t>]*(?:"
    # a capital, and a word or the end after it
    r"(?:[-*+#]+[ \t]+|\d+[.)][ \t]+|\*\*|__)?(?!(?:None|True|False)\b)[A-Z][\w'\u2019-]*(?:\*\*)?"
    r"(?:[.!:?,]*(?:\*\*)?[ \t]*$|[,:]?[ \t]+[\w`\"'\u201c\u2018(*][^\n]*$)"
    # three plain words
    rf"|(?!(?:{_KEYWORDS})\b)[a-z]+[ \t]+(?!(?:if|and|or|in|not|is[ \t]+not|is[ \t]+None)\b)[a-z']+[ \t]+[a-z]+\b"
    r"|(?:for[ \t]+example|if[ \t]+(?:you|we)|(?:with|from|while)[ \t]+(?:this|the))\b"
    # another script
    r"|[^\x00-\x7f]|---|\*\*\*|===)"
)
PROSE = re.compile(rf"^{_PROSE_LINE}", re.M)
"""The beginning of a line that programs do not have outside strings (a heuristic)."""
CODE = re.compile(
    r"^(?P<margin>[ \t>]*+)(?:(?:async[ \t]+)?def[ \t]+\w+|class[ \t]+\w+[ \t]*[(:]|import[ \t]+\w|from[ \t]+[\w.]+[ \t]+import\b"
    r"|@\w|(?:if|for|while|with)\b[^\n]*:|try:|print\(|[A-Za-z_][\w.\[\]]*(?:[ \t]*,[ \t]*\w+)*[ \t]*(?::[^\n=]+)?[-+*/]?=[^=]"
    r"|#!|\"\"\"|''')",
    re.M,
)
_END = re.compile(rf"{_PROSE_LINE}|[ \t>]*(?:```|~~~)", re.M)
_MOST_CUTS = 6
_MOST_STARTS = 12


def runs(text: str, start: int, end: int, parser: Parser) -> Iterator[Piece]:
    """Yield the programs in prose, in order."""
    position, attempts = start, 0
    while attempts < _MOST_STARTS and (match := CODE.search(text, position, end)):
        position = text.find("\n", match.start(), end) + 1 or end
        if not _follows_prose(text, start, match.start()):
            continue
        attempts += 1
        piece = _run(text, match, end, parser)
        if piece is not None:
            yield piece
            position = max(position, piece.end)


def _follows_prose(text: str, start: int, position: int) -> bool:
    before = text[max(start, position - 2000) : position].rstrip()
    return not before or PROSE.match(before, before.rfind("\n") + 1) is not None


def _run(text: str, begin: re.Match[str], end: int, parser: Parser) -> Piece | None:
    """Return the program from here to the first invalid line, if that line is prose."""
    start = begin.end("margin")
    for _ in range(_MOST_CUTS):
        piece = cut_out(text, start, end, begin["margin"])
        if parser.tree(piece.code) is not None:
            break
        line = parser.error_line(piece.code)
        if line is None or line < 2:
            return None
        end = _line_start(text, start, line)
        if not _END.match(text, end):
            return None
    else:
        return None
    return _without_trailing_words(text, start, piece, begin["margin"], parser)


def _line_start(text: str, start: int, line: int) -> int:
    """Return the position of a line; ``start`` is in line 1."""
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start


def _without_trailing_words(
    text: str, start: int, piece: Piece, margin: str, parser: Parser
) -> Piece | None:
    """Return the piece without trailing words that happen to be valid Python, such as ``Done``."""
    tree = parser.tree(piece.code)
    body = tree.body if tree else []
    while body and is_inert(body[-1]):
        end = _line_start(text, start, body[-1].lineno)
        if end <= start or not PROSE.match(text, end):
            break
        piece = cut_out(text, start, end, margin)
        body = body[:-1]
    return piece if is_program(parser.tree(piece.code)) else None
