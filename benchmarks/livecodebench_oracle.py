"""LiveCodeBench's official grading as its description has it, step by step; for our own programs only.

    python livecodebench_oracle.py < ITEMS.json

Written from the description of ``lcb_runner/evaluation/testing_util.py``, apart from
``rltf/plugins/rules/livecodebench.py``. ITEMS are a list of {"program", "name" or null, "tests": [[input,
output], ...]}; what is printed is a list of booleans. Each program runs in a fork of this process.
"""

from __future__ import annotations

import ast
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from decimal import Decimal
from types import ModuleType
from typing import Any
from unittest.mock import patch

_STARS = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools "
    "operator io sys json builtins typing"
)
PRELUDE = "".join(f"from {name} import *\n" for name in _STARS.split()) + "".join(
    f"import {name}\n" for name in _STARS.split() if name not in ("builtins", "typing")
)


def accepts_text(printed: str, wanted: str) -> bool:
    """Whether a program that printed this passes a test on stdin."""
    got, expected = (
        [line.strip() for line in text.strip().split("\n")] for text in (printed, wanted)
    )
    if len(got) != len(expected):
        return False
    for line, answer in zip(got, expected, strict=True):
        if line == answer:
            continue
        try:
            numbers = [Decimal(word) for word in line.split()]
            if numbers != [Decimal(word) for word in answer.split()]:
                return False
        except Exception:
            return False
    return True


def accepts_value(value: Any, wanted: Any) -> bool:
    """Whether a function that returned this passes a test."""
    if isinstance(value, tuple):
        value = list(value)
    try:
        return bool(value == wanted)
    except Exception:
        return False


class _Buffer:
    """What stands for ``sys.stdin.buffer``: its every line is the first."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()

    def read(self, *_: Any) -> bytes:
        return self._data

    def readline(self, *_: Any) -> bytes:
        return self._data.split(b"\n")[0] + b"\n"


class _Input:
    """What stands for ``sys.stdin``: reading a line from it leaves out the line's end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = iter(text.split("\n"))
        self.buffer = _Buffer(text)

    def read(self, *_: Any) -> str:
        return self._text

    def readline(self, *_: Any) -> str:
        return next(self._lines)

    def readlines(self, *_: Any) -> list[str]:
        return self._text.split("\n")


def passes_stdin(program: str, given: str, wanted: str) -> bool:
    """Whether a program that reads and prints passes a test."""
    try:
        wrapped = _loaded(_wrapped(_without_guard(program))).wrapped_function
        given_input = patch("sys.stdin", _Input(given))
        with redirect_stdout(io.StringIO()) as printed, given_input, _deep(), suppress(SystemExit):
            wrapped()
    except Exception:
        return False
    return accepts_text(printed.getvalue(), wanted)


def passes_call(program: str, name: str, arguments: str, wanted: str) -> bool:
    """Whether the function or the method of ``Solution`` passes a test of JSON lines."""
    try:
        module: Any = _loaded(PRELUDE + program)
        function: Callable[..., Any] = getattr(
            module.Solution() if "class Solution" in program else module, name
        )
        with _deep():
            value = function(*map(json.loads, arguments.split("\n")))
    except (Exception, SystemExit):  # which ends the official process without a word
        return False
    return accepts_value(value, json.loads(wanted))


@contextmanager
def _deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(50_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _loaded(code: str) -> Any:
    module = ModuleType("tmp_sol")
    exec(code, module.__dict__)
    return module


def _without_guard(program: str) -> str:
    try:
        body = ast.parse(program).body
    except SyntaxError:
        return program
    match body[-1:]:
        case [ast.If() as last] if ast.unparse(last.test) == "__name__ == '__main__'":
            return ast.unparse(ast.Module([*body[:-1], *last.body], []))
    return program


def _wrapped(program: str) -> str:
    try:
        body = ast.parse(program).body
    except SyntaxError:
        return program
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    rest = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    function = ast.parse("def wrapped_function(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = rest or function.body
    return PRELUDE + ast.unparse(ast.Module([*imports, function], []))


_SECONDS = 3
"""Of wall time, for all tests of a program."""


def passes(item: dict[str, Any]) -> bool:
    """Whether a program passes all its tests, in a process of its own."""
    child = os.fork()
    if child == 0:
        signal.alarm(_SECONDS)
        name, program = item["name"], item["program"]
        passed = all(
            passes_call(program, name, given, wanted)
            if name
            else passes_stdin(program, given, wanted)
            for given, wanted in item["tests"]
        )
        os._exit(_PASSED if passed else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == _PASSED


_PASSED = 42
"""An exit code that a program does not end with by chance."""

if __name__ == "__main__":
    items = json.load(sys.stdin)
    with open(os.devnull, "w") as nowhere:
        answers, sys.stdout, sys.stderr = sys.stdout, nowhere, nowhere
        print(json.dumps([passes(item) for item in items]), file=answers)
