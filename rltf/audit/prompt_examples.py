"""The examples in a problem's prompt, as tests."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from typing import Any

from rltf.common import syntax
from rltf.common.literals import literal_text

_ARROW = re.compile(r"[\s`]*(?:==|=>|->|➞|→|➔|=|should return|should be|returns|return)[\s`]*")
_STDIN = re.compile(
    r"^[ \t]*(?:sample |example )?input[ \t]*\d*[ \t]*:?[ \t]*\n(?P<input>.*?)\n\s*"
    r"^[ \t]*(?:sample |example )?output[ \t]*\d*[ \t]*:?[ \t]*\n(?P<output>.*?)(?=\n[ \t]*\n|\n-----|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_MAX_LENGTH = 300
_NO_LITERAL = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)


def examples_of_calls(prompt: str, function: str) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield the arguments and the value of each example such as ``f(1) == 2`` or a doctest."""
    name = function.rpartition(".")[2].removesuffix("()")
    for line in _lines(prompt):
        for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", line):
            call, rest = _call(line[match.start() : match.start() + _MAX_LENGTH])
            arrow = _ARROW.match(rest) if call is not None else None
            value = _literal(rest[arrow.end() :]) if arrow else None
            if call is not None and value is not None:
                yield call, value[0]


def examples_of_programs(prompt: str) -> Iterator[tuple[str, str]]:
    """Yield input and output of each example of a program that reads standard input."""
    for match in _STDIN.finditer(prompt):
        yield match["input"].strip() + "\n", match["output"].strip() + "\n"


def _lines(prompt: str) -> Iterator[str]:
    """Yield the lines outside of doctests, and each doctest as a line ``call == value``."""
    shown: set[int] = set()
    try:
        parsed = doctest.DocTestParser().get_examples(prompt)
    except ValueError:
        parsed = []
    for example in parsed:
        length = example.source.count("\n") + example.want.count("\n")
        shown |= set(range(example.lineno, example.lineno + length))
        if example.want and "\n" not in example.want.strip():
            yield f"{example.source.strip()} == {example.want.strip()}"
    for number, line in enumerate(prompt.splitlines()):
        if number not in shown:
            yield line.strip().strip("`")


def _call(text: str) -> tuple[tuple[Any, ...] | None, str]:
    """Return the literal arguments of the call at the beginning of a text, and what follows."""
    for end, character in enumerate(text, 1):
        if character == ")":
            try:
                match syntax.parse_expression(text[:end]):
                    case ast.Call(keywords=[]) as call:
                        return tuple(map(ast.literal_eval, call.args)), text[end:]
            except _NO_LITERAL:
                continue
    return None, ""


def _literal(text: str) -> tuple[Any] | None:
    """Return the longest literal that a text begins with, in a tuple; ``None`` without one."""
    for end in range(min(len(text), _MAX_LENGTH), 0, -1):
        if text[end - 1] == "." or re.match(r"\w|\.\w", text[end:]):
            continue  # the end of a sentence, or in the middle of a word or number
        try:
            node = syntax.parse_expression(text[:end])
            value = ast.literal_eval(node)
            literal_text(value)
        except _NO_LITERAL:
            continue
        is_bare = isinstance(node, ast.Tuple) and (
            not text.startswith("(") or (node.elts and node.elts[0].col_offset == 0)
        )
        if is_bare:
            continue
        return None if re.match(r"\s*[-+*/%=<>|&^]", text[end:]) else (value,)
    return None
