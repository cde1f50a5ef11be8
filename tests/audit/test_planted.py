"""Every planted fault is found, and nothing in clean datasets."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rltf import Problem, TestCase, manager
from rltf.audit.auditor import CHECKS, Auditor, Check, audit_all
from rltf.audit.duplicates import duplicates, leaks
from rltf.audit.findings import Finding, Kind
from rltf.audit.free_rewards import Payer
from rltf.audit.sandboxes import Sandboxes
from rltf.reward import DEFAULT_REWARDS

sys.path.insert(0, str(Path(__file__).parent))
from planted import PLANTED
from planted_datasets import CLEAN, Planted

NEEDED: dict[Kind, Check] = {
    "weak_tests": "weak",
    "failing_reference": "references",
    "slow_reference": "references",
    "fragile": "fragile",
    "contradiction": "contradictions",
    "free_reward": "rewards",
    "attack": "attacks",
    "duplicate": "duplicates",
    "leak": "duplicates",
}
PRESENCE = """
from rltf.hookspecs import hookimpl
from rltf.reward import RewardTerm

@hookimpl
def rltf_register_rewards(register):
    register("presence", lambda: lambda judged: (RewardTerm(1.0),))
"""


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    with closing(Sandboxes("sandbox", "test", 2)) as opened:
        yield opened


def found(
    problems: Sequence[Problem],
    checks: Sequence[Check],
    sandboxes: Sandboxes,
    reward: str = DEFAULT_REWARDS,
    against: Sequence[Problem] = (),
) -> list[tuple[str, Finding]]:
    """Task ids and findings of a dataset."""
    auditor = Auditor(sandboxes, Payer(reward), frozenset(checks), 0)
    audits = list(audit_all(problems, auditor, 2))
    pairs = [(each.task_id, finding) for each in audits for finding in each.findings]
    if "duplicates" in checks:
        pairs += duplicates(problems).items()
        leaked = leaks(problems, {"held out": against})
        pairs += [(task_id, each) for task_id, those in leaked.items() for each in those]
    assert not [each.unchecked for each in audits if any("Error" in r for r in each.unchecked)]
    return pairs


def as_it_is_here(problem: Problem, sandboxes: Sandboxes) -> Problem:
    """Put what the reference gives here and now in place of the placeholders."""
    tests = []
    for test in problem.tests:
        if "PLACEHOLDER" in (test.expected, test.output):
            seen = sandboxes.main.observe(replace(problem, tests=[test]), problem.solutions[0])
            if test.kind == "stdin":
                test = TestCase.stdin(test.input, (seen.stdout or b"").decode())
            else:
                from rltf.sandbox.guest.shared.values import decode

                test = TestCase.call(test.args, decode(seen.value))
        tests.append(test)
    return replace(problem, tests=tests)


def test_every_planted_fault_is_found(sandboxes: Sandboxes, tmp_path: Path) -> None:
    plugin = tmp_path / "presence.py"
    plugin.write_text(PRESENCE)
    manager.load_file(plugin)
    assert len(PLANTED) >= 30
    missed = {}
    for planted in PLANTED:
        is_found, pairs = _has_fault(planted, sandboxes)
        if not is_found:
            missed[planted.name] = pairs
    assert not missed, missed


def _has_fault(planted: Planted, sandboxes: Sandboxes) -> tuple[bool, list[tuple[str, Finding]]]:
    problem = as_it_is_here(planted.problem, sandboxes)
    problems = [*planted.others, problem] if planted.kind == "duplicate" else [problem]
    check = NEEDED[planted.kind]
    pairs = found(problems, [check], sandboxes, planted.reward, planted.against)
    fits = any(
        task_id == problem.task_id
        and finding.kind == planted.kind
        and planted.says in " ".join([finding.what, *finding.evidence])
        for task_id, finding in pairs
    )
    return fits, pairs


def test_nothing_is_found_in_clean_datasets(sandboxes: Sandboxes) -> None:
    every = {problem.task_id: problem for problems in CLEAN for problem in problems}
    assert len(CLEAN) == 10
    assert found(list(every.values()), CHECKS, sandboxes) == []
    for problems in CLEAN:
        assert duplicates(problems) == {}
        assert (
            leaks(problems, {"others": [each for each in every.values() if each not in problems]})
            == {}
        )
