"""An interpreter that benchmarks/fork.py has fork.

Run as ``python fork_server.py SETTINGS``, a JSON object: modules to import (``warm``) and functions of
this file to call (``tricks``) before the first fork. Every line on stdin is a number of forks, answered
by microseconds and page faults of one.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Iterator

PROGRAM = """
def f(items):
    seen = {}
    for index, item in enumerate(items):
        seen[item] = seen.get(item, 0) + index
    return sorted(str(item) for item in seen) + [len(seen)]
f([3, 1, 2])
"""
READ, WRITE, EXECUTE = 1, 2, 4
COLLAPSE = 25
HUGE = 2 << 20

libc = ctypes.CDLL(None, use_errno=True)
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def work() -> None:
    exec(compile(PROGRAM, "solution.py", "exec"), {"__name__": "solution"})


def rehearse() -> None:
    """Does what the children will do, so that they find it in caches."""
    for _ in range(40):
        work()


def mappings() -> Iterator[tuple[int, int, str, str]]:
    """Start, end, protection and name of the private mappings."""
    with open("/proc/self/maps") as lines:
        for line in list(lines):
            words = line.split()
            start, end = (int(word, 16) for word in words[0].split("-"))
            if words[1].endswith("p"):
                yield start, end, words[1], words[5] if len(words) > 5 else ""


def collapse() -> None:
    """Puts what is written to into huge pages, where whole ones fit."""
    for start, end, protection, name in mappings():
        first, last = -(-start // HUGE) * HUGE, end // HUGE * HUGE
        if protection.startswith("rw") and not name.startswith(("[stack", "/")) and first < last:
            libc.madvise(first, last - first, COLLAPSE)


def touch_files() -> None:
    """Makes the kernel copy page tables of files at a fork, for one page that is ours."""
    for start, end, protection, name in mappings():
        if protection.startswith("r-") and name.startswith("/"):
            kept = READ | (EXECUTE if "x" in protection else 0)
            if libc.mprotect(start, end - start, kept | WRITE) == 0:
                ctypes.memmove(start, ctypes.string_at(start, 1), 1)
                libc.mprotect(start, end - start, kept)


def main() -> None:
    settings = json.loads(sys.argv[1])
    for name in settings["warm"]:
        importlib.import_module(name)
    for trick in settings["tricks"]:
        globals()[trick]()
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        times, faults = int(line), 0
        began = time.perf_counter()
        for _ in range(times):
            child = os.fork()
            if child == 0:
                work()
                os._exit(0)
            faults += os.wait4(child, 0)[2].ru_minflt
        us = (time.perf_counter() - began) / times * 1e6
        print(json.dumps([us, faults / times]), flush=True)


main()
