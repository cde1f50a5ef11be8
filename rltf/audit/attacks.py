"""Attacks: programs that try to pass without solving the problem, judged split and guarded."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rltf.audit.findings import Consequence, Finding
from rltf.problem import Problem

if TYPE_CHECKING:
    from rltf.audit.sandboxes import Sandboxes

MODES = ("split", "guarded")


@dataclass(frozen=True)
class Attack:
    """An attack that fits any problem; see ``attack_programs.toml``."""

    kind: str
    """Its class in the attack corpus."""
    name: str
    functions: str
    """The program for tests that call a function; empty: there is none."""
    programs: str
    """The program for tests on standard input; empty: there is none."""

    def fitted(self, problem: Problem) -> str | None:
        """Return the program for a problem, or ``None``."""
        if all(test.kind == "stdin" for test in problem.tests):
            return self.programs or None
        if not self.functions or problem.entry_point is None or "." in problem.entry_point:
            return None
        return self.functions.replace("NAME", problem.entry_point)


@cache
def attacks() -> tuple[Attack, ...]:
    """Return all attacks."""
    file = Path(__file__).with_name("attack_programs.toml")
    return tuple(
        Attack(each["class"], each["name"], each.get("functions", ""), each.get("programs", ""))
        for each in tomllib.loads(file.read_text(encoding="utf-8"))["attack"]
    )


def attacked(problem: Problem, sandboxes: Sandboxes) -> tuple[dict[str, int], list[Finding]]:
    """Return how many attacks pass in each mode of judging, and a finding for those that pass.

    Tests that are data are judged in the same way in both modes.
    """
    programs = [(each.name, text) for each in attacks() if (text := each.fitted(problem))]
    is_code = any(test.kind == "assert" for test in problem.tests)
    passed = {
        mode: list(_passing(problem, programs, mode, sandboxes))
        for mode in (MODES if is_code else MODES[:1])
    }
    findings = []
    for name in dict.fromkeys(name for names in passed.values() for name in names):
        modes = [mode for mode, names in passed.items() if name in names]
        what = f"the attack {name!r} passes where tests are judged {' and '.join(modes)}"
        consequence: Consequence = "left_out" if MODES[0] in modes else "noted"
        findings.append(Finding("attack", what, consequence))
    return {mode: len(names) for mode, names in passed.items()}, findings


def _passing(
    problem: Problem, programs: list[tuple[str, str]], mode: str, sandboxes: Sandboxes
) -> Iterator[str]:
    jobs = [(problem, program) for _, program in programs]
    verdicts = sandboxes.judging(mode).judge_many(jobs)
    for (name, _), verdict in zip(programs, verdicts, strict=True):
        if verdict.passed:
            yield name
