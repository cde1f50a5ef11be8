"""The attack corpus: ``corpus/*.toml``, a file a class of attacks.

An attack is:

    name        unique; says the mechanism
    judged      ``stdin``; ``call``; ``data``: an assert that is data; ``code``: test code
    program     does not solve its problem, so that a test it passes is a false pass
    statuses    what may come back
    answer      what the right answer is: ``text`` (the default), ``list`` or ``number``
    test        test code with FACTS and WANTED; the default is ``assert f(FACTS) == WANTED``
    setup       helpers that the problem defines for its test code
    tests       how many tests it is judged against; 1 where it says nothing
    files       its tests have a folder for files; a corpus' class may say it for all its attacks
    fixtures    what is in that folder at first
    again       the program is judged a second time, to find what it left
    arch        the only machine that it is for

The program is given facts about its targets, as the argument of ``f`` or as JSON on stdin. It writes the fact
``word`` to stderr where it got through to something that no program may reach.
"""

from __future__ import annotations

import json
import platform
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rltf import Limits, Problem, TestCase

FOLDER = Path(__file__).parent / "corpus"
ROOMY = Limits(
    cpu_s=30.0, wall_s=90.0, memory_mb=256, output_bytes=1 << 20, threads=16, open_files=32
)
"""For an attack that ends in another way than by time, on the slowest machine too."""
LIMITS = replace(ROOMY, cpu_s=0.5, wall_s=2.0)
SHORT = replace(ROOMY, cpu_s=0.2, wall_s=0.5)
"""For an attack that can only time out: what it does, it has done by then."""


@dataclass(frozen=True)
class Attack:
    """One attack; see the module's description."""

    kind: str
    """Its class."""
    name: str
    judged: str
    program: str
    statuses: tuple[str, ...]
    answer: str = "text"
    test: str = "assert f(FACTS) == WANTED"
    setup: str = ""
    tests: int = 1
    again: bool = False
    files: bool = False
    fixtures: dict[str, str] = field(default_factory=dict)
    arch: str = ""

    def problem(self, drawn: list[tuple[dict[str, Any], Any]]) -> Problem:
        """The problem with these facts and answers as its tests."""
        tests = [self._test(facts, wanted) for facts, wanted in drawn]
        if self.statuses == ("timeout",):
            limits = SHORT
        else:
            limits = LIMITS if "timeout" in self.statuses else ROOMY
        return Problem(
            self.name,
            "",
            tests,
            entry_point="f",
            limits=limits,
            setup_code=self.setup,
            files=self.files,
            fixtures=self.fixtures,
        )

    def code(self, facts: dict[str, Any], wanted: Any) -> str:
        """The test as code."""
        return f"FACTS = {facts!r}\nWANTED = {wanted!r}\n{self.test}"

    def _test(self, facts: dict[str, Any], wanted: Any) -> TestCase:
        match self.judged:
            case "stdin":
                return TestCase.stdin(json.dumps(facts) + "\n", f"{wanted}\n")
            case "call":
                return TestCase.call([facts], wanted)
            case "data":
                return TestCase.assertion(f"assert f({facts!r}) == {wanted!r}")
            case "code":
                return TestCase.assertion(self.code(facts, wanted))
        raise ValueError(f"{self.name}: judged must be stdin, call, data or code")


def corpus() -> tuple[Attack, ...]:
    """All attacks that this machine can be attacked with."""
    attacks = []
    for path in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(path.read_text())
        for entry in content["attack"]:
            statuses = tuple(entry.pop("statuses"))
            entry.setdefault("files", content.get("files", False))
            attacks.append(Attack(kind=content["class"], statuses=statuses, **entry))
    return tuple(attack for attack in attacks if attack.arch in ("", platform.machine()))
