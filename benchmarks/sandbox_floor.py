"""The floor of benchmarks/sandbox.py: a warmed interpreter that forks, with no sandbox at all.

Run as ``python -I -S -B -X utf8 sandbox_floor.py`` with the flags, the environment and the warm modules
of rltf's zygotes. The first line on stdin is a JSON object:
    queue   descriptor of a pipe of u32: the places of the items to do, shared with other workers
    path    folders to import from, after the standard library
    warm    modules to import before the first fork
    items   [{"program", "setup", "tests", "inputs"}]: texts; a test is code, an input is for stdin
Every other line is a mode, answered when the queue is empty by a line with the number of forks that
failed:
    null      a fork that does nothing, for every test
    test      a fork for every test of an item
    program   a fork for all tests of an item
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import struct
import sys
from collections.abc import Callable
from typing import Any

PLACE = struct.Struct("<I")


def forked(work: Callable[[], None]) -> bool:
    """Whether a fork that does the work ends well."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            sys.stdout.flush()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def run_asserts(item: dict[str, Any], tests: list[str]) -> None:
    namespace: dict[str, Any] = {"__name__": "solution"}
    exec(compile(item["program"], "solution.py", "exec"), namespace)
    exec(compile(item["setup"], "<test>", "exec"), namespace)
    for test in tests:
        exec(compile(test, "<test>", "exec"), namespace)


def run_inputs(item: dict[str, Any], inputs: list[str]) -> None:
    code = compile(item["program"], "solution.py", "exec")
    for text in inputs:
        sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
        exec(code, {"__name__": "__main__"})


def failures(item: dict[str, Any], mode: str) -> int:
    """The number of an item's forks that failed."""
    run, tests = (run_inputs, item["inputs"]) if item["inputs"] else (run_asserts, item["tests"])
    if mode == "null":
        return sum(not forked(lambda: None) for _ in tests)
    parts = [tests] if mode == "program" else [[test] for test in tests]
    return sum(not forked(lambda part=part: run(item, part)) for part in parts)  # type: ignore[misc]


def places(queue: int) -> Any:
    """Takes places from the queue until it is empty."""
    while True:
        try:
            yield PLACE.unpack(os.read(queue, PLACE.size))[0]
        except BlockingIOError:
            return


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the programs print
    settings = json.loads(sys.stdin.readline())
    sys.path.extend(settings["path"])
    for name in settings["warm"]:
        importlib.import_module(name)
    compile("pass", "solution.py", "exec")  # what the compiler sets up once is warm as well
    gc.collect()
    gc.freeze()
    while mode := sys.stdin.readline().strip():
        failed = sum(failures(settings["items"][i], mode) for i in places(settings["queue"]))
        print(failed, file=answers)


main()
