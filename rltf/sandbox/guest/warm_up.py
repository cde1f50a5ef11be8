"""Warm up the zygote: do what every child does first, so that children share the filled caches.

An interpreter writes to memory whenever it does something for the first time: it fills the cache of
attribute lookups, specializes bytecode, interns strings, binds symbols. A child pays for each page
that it changes with a copy, and the warm-up leaves it fewer pages to change. It runs a program of
our own, never one of a user.
"""

from __future__ import annotations

import _socket
import gc
import linecache
import os
import sys
from collections.abc import Callable

from .candidate import call_server, guarded_runner, program_runner
from .shared import compact_code, job_codec, streams, values, wire
from .shared.shared_containers import SharedContainers
from .test_code import test_cases

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

ROUNDS = 10
"""More calls than the 8 after which CPython 3.11 specializes a function.

Four times as many rounds save a child at most 6 of 190 page faults, and cost a zygote 110 ms.
"""

SOURCE = """
import math
class Point:
    def __init__(self, x):
        self.x = x
def f(items):
    seen = {}
    for index, item in enumerate(items):
        seen[item] = seen.get(item, 0) + index
    return sorted(str(item) for item in seen) + [len(seen)]
if __name__ == "__main__":
    print(*f(map(int, input().split())))
"""
TEST = "x = f([3, 1, 2])\nassert x == ['1', '2', '3', 3]"
BROKEN = "def f(items):\n    return items[10]"
ARGS = ([3, 1, 2],)
DATA = (None, True, -1, 1 << 70, 1.5, "text", b"bytes", [1, ("a", 2)], {"k": [1]}, {1, 2})


def warm_up(role: Any, lib: Any, ffi: Any) -> None:
    """Do the work of a child of that role, given as its module.

    It leaves no trace that a program can find.
    """
    for function in (lib.rltf_release, lib.rltf_next_test):
        assert bytes(ffi.buffer(ffi.new("char[]", repr(function).encode())))
    main = sys.modules["__main__"]
    try:
        _round(role, ffi)
        compact_code.compact(lambda: _round(role, ffi), guarded_runner.MODULES)
        gc.freeze()  # the collections below need not look at it
        for _ in range(ROUNDS):
            _round(role, ffi)
            gc.collect()
    finally:
        # what a child would replace: to free what is older than the fork costs page copies
        for name in ("solution", test_cases.MODULE):
            sys.modules.pop(name, None)
        sys.modules["__main__"] = main
        linecache.cache.clear()
        os.dup2(wire.REPORT_FD, wire.CHANNEL_FD)  # as rltf_prepare left it
        streams.flush()
        streams.fresh()


def _round(role: Any, ffi: Any) -> None:
    _expect(DATA, values.decode(values.encode(DATA)))
    role.prepare(None)
    _as_candidate(ffi) if role is program_runner else _as_judge(role, ffi)


class _Stage:
    """Stands in for the fork server during the warm-up, with a number of tests."""

    def __init__(self, tests: int) -> None:
        self._left = tests

    def rltf_release(self) -> None:
        pass

    def rltf_next_test(self, code: int, job: Any) -> int:
        os.lseek(0, 0, os.SEEK_SET)
        self._left -= 1
        return self._left


def _job(ffi: Any, order: tuple[Any, ...], test: bytes = b"") -> tuple[Any, list[Any]]:
    """Return a job as the fork server makes it, and the buffers that must outlive it."""
    program = job_codec.pack(order)
    texts = [ffi.new("char[]", program), ffi.new("char[]", test)]
    fields = (texts[0], len(program), texts[1], len(test), wire.PROGRAM_SHARED)
    return ffi.new("struct rltf_job *", fields), texts


def _as_candidate(ffi: Any) -> None:
    os.pwrite(0, b"3 1 2\n", 0)
    os.lseek(0, 0, os.SEEK_SET)
    streams.fresh()
    test = job_codec.pack(("f", ARGS))
    for mode, source, code in (("main", SOURCE, 0), ("call", SOURCE, 0), ("call", BROKEN, 1)):
        job, _texts = _job(ffi, (mode, source), test)
        _expect(code, program_runner.run(_Stage(2), ffi, job))
    job, _texts = _job(ffi, ("serve", SOURCE))
    guarded_runner.rehearse(TEST)
    call = [("call", call_server, ARGS, ())]
    request = SharedContainers(True).encode(call, lambda _: values.encode(("name", "f")))
    _with_channel([request], lambda: _expect(0, program_runner.run(_Stage(1), ffi, job)))


def _expect(expected: object, result: object) -> None:
    if result != expected:
        raise AssertionError("the warm-up failed")


def _as_judge(judge: Any, ffi: Any) -> None:
    inventory = [("f", "function", ""), ("math", "module", "math")]
    reply = SharedContainers(False).encode([("value", ["1", "2", "3", 3])], lambda _: None)
    replies = [values.encode(inventory), reply]
    code = bytes(wire.TEST_SEED_LENGTH) + TEST.encode()
    job, _texts = _job(ffi, ("test", "import math", None, (("f",), (), {}, {})), code)
    _with_channel(replies, lambda: judge.run(_Stage(1), ffi, job))


def _with_channel(messages: list[bytes], work: Callable[[], object]) -> None:
    """Call ``work`` with a channel that holds these messages and is then at its end."""
    ours, theirs = _socket.socketpair()
    os.dup2(theirs.fileno(), wire.CHANNEL_FD)
    theirs.close()
    for message in messages:
        ours.sendall(len(message).to_bytes(4, "little") + message)
    ours.shutdown(_socket.SHUT_WR)
    work()
    ours.close()
