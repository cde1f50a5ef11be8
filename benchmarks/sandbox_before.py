"""Another version of rltf in benchmarks/sandbox.py; run by an interpreter that has it installed.

    python sandbox_before.py WORKERS ISOLATION

The first line on stdin is a JSON list of problems with a program each. A first line on stdout says that
the sandbox is there. Every other line on stdin is how often to judge the list, answered by a line with the
number of programs that failed.
"""

from __future__ import annotations

import json
import sys

import rltf


def main() -> None:
    workers, isolation = sys.argv[1:]
    items = [
        (
            rltf.Problem(
                task_id=item["task_id"],
                prompt="",
                tests=[rltf.TestCase.from_dict(test) for test in item["tests"]],
                entry_point=item["entry_point"],
                setup_code=item["setup"],
            ),
            item["program"],
        )
        for item in json.loads(sys.stdin.readline())
    ]
    with rltf.Sandbox(workers=int(workers), isolation=isolation) as sandbox:
        print("ready", flush=True)
        while repeats := sys.stdin.readline().strip():
            verdicts = sandbox.judge_many(items * int(repeats))
            print(sum(not verdict.passed for verdict in verdicts), flush=True)


if __name__ == "__main__":
    main()
