"""The requests of open-instruct's verifier get the answers that it reads."""

from __future__ import annotations

import base64
import json
import os
import pickle
import zlib
from typing import Any

import pytest

from .conftest import Running

ADD = "def add(a, b): return a + b"
ASSERTS = ["assert add(1, 2) == 3", "assert add(-1, 1) == 0", "assert add(0, 0) == 1"]
NEXT = "import sys\nfor line in sys.stdin.read().splitlines():\n    print(int(line.strip()) + 1)"
STDIO = [{"input": "1\n", "output": "2\n"}, {"input": "100\n", "output": "101.0"}]


def packed(tests: Any) -> str:
    """What ``encode_tests`` of open-instruct makes."""
    return base64.b64encode(zlib.compress(pickle.dumps(tests))).decode()


@pytest.mark.parametrize(
    ("path", "program", "tests", "results"),
    [
        ("/test_program", ADD, ASSERTS, [1, 1, 0]),
        ("/test_program", ADD, json.dumps(ASSERTS), [1, 1, 0]),
        ("/test_program", ADD, packed(ASSERTS), [1, 1, 0]),
        ("/test_program", f"import os, threading\n{ADD}", ASSERTS, [1, 1, 0]),
        ("/test_program", "import os\nos._exit(0)", ASSERTS, [0, 0, 0]),
        ("/test_program", "def add(a, b):\n    while True: pass", ASSERTS[:1], [0]),
        ("/test_program", ADD, [], []),
        ("/test_program_stdio", NEXT, STDIO, [1, 1]),
        ("/test_program_stdio", NEXT, packed(STDIO), [1, 1]),
        ("/test_program_stdio", "print(2)", STDIO, [1, 0]),
    ],
)
def test_results_are_ones_and_zeros(
    running: Running, path: str, program: str, tests: Any, results: list[int]
) -> None:
    body = {"program": program, "tests": tests, "max_execution_time": 0.5}
    answer = running.post(path, body)
    assert answer.status == 200
    assert answer.json["results"] == results
    assert [runtime >= 0 for runtime in answer.json["runtimes"]] == [r == 1 for r in results]


class Evil:
    def __reduce__(self) -> Any:
        return os.mkdir, ("/tmp/rltf-evil",)


@pytest.mark.parametrize(
    ("tests", "status", "reason"),
    [
        (packed([Evil()]), 422, "neither JSON nor"),
        ("no tests", 422, "neither JSON nor"),
        ([1], 422, "tests:"),
        (packed("x" * (17 << 20)), 413, "when unpacked"),
        (["assert True", "assert add(1, 1) == 2"], 500, "test 1 could not be judged"),
    ],
)
def test_tests_that_are_none_are_no_zeros(
    running: Running, tests: Any, status: int, reason: str
) -> None:
    answer = running.post("/test_program", {"program": ADD, "tests": tests})
    assert answer.status == status
    assert reason in answer.json["detail"]
    assert not os.path.exists("/tmp/rltf-evil")
