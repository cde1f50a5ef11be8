"""Extract the program from the answer of a model.

An answer holds prose, reasoning, fenced blocks, or only the program, which is then left as it is.
The program is a piece of the text with its position, so that rewards find its tokens. Inside a list
or a quote, it is a piece of each line behind the margin.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator, Sequence

from rltf.extract import fences, unfenced_code
from rltf.extract.code_fragment import Piece, dedented
from rltf.extract.python import Parser, defines, is_part_of, is_program, is_stub, returns
from rltf.extract.regions import answers

__all__ = ["defines", "unwrap"]

_MARKS = ("`", "~~~", "<|", ">>> ", "[PYTHON]", "[THINK]", "[INST]", "\\begin{", "\u25c1", "\uff5c")
_TAG = re.compile(r"</?[A-Za-z_]+>")
_HEAD = re.compile(r"\s*(?:\ufeff|[Pp]ython|py\b)|(?:[ \t]*\r?\n)*+[ \t]+\S")
_SINGLE_BLOCK = re.compile(
    r"(?:(?!\"\"\"|''')[^`~<])*+```(?:python3?|py)[ \t]*\r?\n(?P<code>[^\s`~<][^`]*\n)```(?:\s*\n[^`~<]*)?"
)
"""Prose around a single, unambiguous block, which need not be parsed."""
_LANGUAGE_LINE = re.compile(r"\s*(?:[Pp]ython[23]?|py)[ \t]*\r?\n")
_TAGGED = re.compile(
    r"\[PYTHON\]|<(?P<tag>code|pre|python|answer|solution|final_answer|output|response|antArtifact)\b[^>\n]*>"
    r"|\\begin\{(?:lstlisting|minted|verbatim)\}(?:\[[^\]\n]*\]|\{python\})?",
    re.I,
)
_TAG_END = re.compile(
    r"\[/PYTHON\]|</(?:code|pre|python|answer|solution|final_answer|output|response|antArtifact)>"
    r"|\\end\{(?:lstlisting|minted|verbatim)\}",
    re.I,
)
_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)*+")
_INDENTED = re.compile(r"(?:[ \t]*\r?\n)*+[ \t]")
_MOST_COMPARED = 30
_INLINE = re.compile(r"(?<!`)(?P<ticks>`{1,2})(?!`)(?P<code>[^`\n]+)(?P=ticks)(?!`)")


def unwrap(text: str, entry_point: str | None = None) -> tuple[str, int]:
    """Return the program in a text and the character at which it begins; without one, the text.

    If there are several blocks, the program is the last one that defines ``entry_point``, else the
    last one that is marked as Python, else the last one. Without an entry point, a block that only
    continues another one does not count. Drafts in reasoning never count.
    """
    if not _may_hold_prose(text):
        return text, 0
    match = _SINGLE_BLOCK.fullmatch(text)
    if match and (entry_point is None or defines(match["code"], entry_point)):
        return match["code"], match.start("code")
    parser = Parser(text)
    if _is_whole(text, entry_point, parser):
        return text, 0
    stretches = answers(text)
    for start, end in reversed(stretches):
        piece = _program(text, start, end, entry_point, parser)
        if piece is not None:
            return piece.code, piece.start
    start, end = stretches[-1] if stretches else (0, len(text))
    return text[start:end], start


def _may_hold_prose(text: str) -> bool:
    """Return whether a text has marks that programs rarely have outside strings and comments."""
    if any(mark in text for mark in _MARKS) or ("<" in text and _TAG.search(text)):
        return True
    return bool(_HEAD.match(text) or unfenced_code.PROSE.search(text))


def _is_whole(code: str, entry_point: str | None, parser: Parser) -> bool:
    """Return whether the whole text is the program."""
    if _LANGUAGE_LINE.match(code) or not is_program(parser.tree(code)):
        return False
    if entry_point is None and _INDENTED.match(code):
        return False
    return entry_point is None or defines(code, entry_point)


def _program(
    text: str, start: int, end: int, entry_point: str | None, parser: Parser
) -> Piece | None:
    """Return the program in a part of a text, or ``None``."""
    if language := _LANGUAGE_LINE.match(text, start, end):
        start = language.end()
    if start:
        start = _BLANK_LINES.match(text, start, end).end()  # type: ignore[union-attr]
    whole = Piece(text[start:end], start, end)
    if _is_whole(whole.code, entry_point, parser):
        return whole

    def defines_entry_point(piece: Piece) -> bool:
        return entry_point is not None and defines(piece.code, entry_point)

    block = _best(list(_blocks(text, start, end, entry_point, parser)), entry_point, parser)
    if block and defines_entry_point(block) and parser.tree(block.code):
        return block
    runs = list(unfenced_code.runs(text, start, end, parser))
    if entry_point is None:
        runs = [run for run in runs if block is None or _holds(run, block)]
        runs = [run for run in runs if not _is_body(text, run, parser)]
        run = max(runs, key=lambda run: len(run.code), default=None)
    else:
        run = next(filter(defines_entry_point, reversed(runs)), None)
    if run or is_program(parser.tree(whole.code)):
        return run or whole
    if block and (entry_point is None or defines_entry_point(block)):
        return block
    if defines_entry_point(whole) and unfenced_code.CODE.match(whole.code):
        return whole  # an invalid program with a block in its docstring or after it
    inline = [piece for piece in _inline(text, start, end) if is_program(parser.tree(piece.code))]
    return next(
        filter(defines_entry_point, reversed(inline)),
        inline[-1] if inline and not entry_point else block,
    )


def _is_body(text: str, piece: Piece, parser: Parser) -> bool:
    """Return whether a piece is the rest of a function, whose indentation must stay."""
    is_indented = piece.start > 0 and text[piece.start - 1] in " \t"
    return is_indented and returns(parser.tree(piece.code))


def _holds(outer: Piece, inner: Piece) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


# ----------------------------------------------------------------------------------------- blocks


def _blocks(
    text: str, start: int, end: int, entry_point: str | None, parser: Parser
) -> Iterator[Piece]:
    """Yield the blocks that may be the program, in order."""
    fenced = [
        inner
        for piece in fences.blocks(text, start, end, parser)
        for inner in (
            fences.blocks(text, piece.start, piece.end, parser)
            if piece.language in fences.MARKDOWN
            else [piece]
        )
    ]
    tagged = deque(_tagged(text, start, end), _MOST_COMPARED)
    for piece in [*(_without_prose(text, piece, parser) for piece in tagged), *fenced]:
        if piece.language in fences.OTHERS and not (
            entry_point and defines(piece.code, entry_point) and parser.tree(piece.code)
        ):
            continue
        if piece.code.strip():
            yield _fix_indentation(text, fences.without_prompts(piece), entry_point, parser)


def _tagged(text: str, start: int, end: int) -> Iterator[Piece]:
    """Yield the pieces between tags that contain no fence."""
    while opening := _TAGGED.search(text, start, end):
        start = _BLANK_LINES.match(text, opening.end(), end).end()  # type: ignore[union-attr]
        if _TAGGED.match(text, start):
            continue  # this tag only contains another one
        code_start = start
        closing = _TAG_END.search(text, code_start, end)
        code_end, start = (closing.start(), closing.end()) if closing else (end, end)
        language = "python" if (opening["tag"] or "python").lower() == "python" else ""
        if "```" not in text[code_start:code_end]:
            yield Piece(text[code_start:code_end], code_start, code_end, language)


def _without_prose(text: str, piece: Piece, parser: Parser) -> Piece:
    if parser.tree(piece.code) is not None:
        return piece
    return next(unfenced_code.runs(text, piece.start, piece.end, parser), piece)


def _fix_indentation(text: str, piece: Piece, entry_point: str | None, parser: Parser) -> Piece:
    """Return the piece with its original margin or dedented, if only that makes it a program."""
    if parser.tree(piece.code) is None:
        unchanged = Piece(text[piece.start : piece.end], piece.start, piece.end, piece.language)
        if parser.tree(unchanged.code) is not None:
            return unchanged
    if _INDENTED.match(piece.code):
        dedented_piece = dedented(piece)
        code = dedented_piece.code
        tree = parser.tree(code)
        is_complete = defines(code, entry_point) if entry_point else not returns(tree)
        if is_complete and is_program(tree):
            return dedented_piece
    return piece


def _best(pieces: Sequence[Piece], entry_point: str | None, parser: Parser) -> Piece | None:
    """Return the block that is most likely the program; among equals, the last one."""
    trees = [parser.tree(piece.code) for piece in pieces]

    def rank(index: int) -> tuple[bool, bool, int, int]:
        piece, tree = pieces[index], trees[index]
        if entry_point is not None:
            is_body = tree is not None and _INDENTED.match(piece.code) is not None
            return defines(piece.code, entry_point), is_body, min(_level(piece, tree), 2), index
        others = [other for i, other in enumerate(trees[:_MOST_COMPARED]) if other and i != index]
        continues = tree is not None and index < _MOST_COMPARED and is_part_of(tree, others)
        return True, not continues, _level(piece, tree), index

    return pieces[max(range(len(pieces)), key=rank)] if pieces else None


def _level(piece: Piece, tree: ast.Module | None) -> int:
    """Rank how much a block looks like an answer. Invalid Python is still a (wrong) answer."""
    if tree is None and unfenced_code.PROSE.match(piece.code.lstrip()):
        return 0
    if tree is not None and is_stub(tree):
        return 1
    if piece.language in fences.PYTHON:
        return 3 if tree is None or is_program(tree) else 1
    return 2 if is_program(tree) else int(tree is None)


def _inline(text: str, start: int, end: int) -> Iterator[Piece]:
    for match in deque(_INLINE.finditer(text, start, end), _MOST_COMPARED):
        yield Piece(match["code"], match.start("code"), match.end("code"))
