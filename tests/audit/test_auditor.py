"""What happens to problems that cannot be audited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from rltf import Problem, TestCase
from rltf.audit import references, weak_tests
from rltf.audit.auditor import Auditor, audit_all
from rltf.audit.free_rewards import Payer
from rltf.audit.sandboxes import Sandboxes
from rltf.errors import PluginError
from rltf.reward import DEFAULT_REWARDS

PROBLEMS = [
    Problem(
        name, "", [TestCase.call([1], 2)], entry_point="f", solutions=["def f(n): return n + 1"]
    )
    for name in ("a", "b", "c")
]


@pytest.fixture
def auditor() -> Iterator[Auditor]:
    with closing(Sandboxes("sandbox", "test", 1)) as sandboxes:
        yield Auditor(sandboxes, Payer(DEFAULT_REWARDS), frozenset({"references", "weak"}), 0)


def failing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = references.judged

    def fail_for_b(problem: Problem, sandboxes: Sandboxes) -> references.References:
        if problem.task_id == "b":
            raise error
        return judged(problem, sandboxes)

    monkeypatch.setattr(references, "judged", fail_for_b)


def test_an_error_of_the_user_ends_an_audit(
    auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(PluginError("no option hash_seed"), monkeypatch)
    with pytest.raises(PluginError, match="no option hash_seed"):
        list(audit_all(PROBLEMS, auditor, 1))


def test_another_error_is_noted_and_hides_no_other_problem(
    auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(KeyError("ours"), monkeypatch)
    first, noted, last = audit_all(PROBLEMS, auditor, 1)
    assert noted.unchecked == ("everything: KeyError: 'ours'",)
    assert first.mutants == last.mutants == 3
    assert not first.unchecked
    assert not last.unchecked


def test_a_problem_whose_mutants_cannot_be_made_hides_no_other(
    auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = weak_tests._trial

    def fail_for_b(problem: Problem, *rest: object) -> object:
        if problem.task_id == "b":
            raise KeyError("ours")
        return trial(problem, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(weak_tests, "_trial", fail_for_b)
    first, noted, last = audit_all(PROBLEMS, auditor, 1)
    assert noted.unchecked == ("mutants: KeyError: 'ours'",)
    assert first.mutants == last.mutants == 3
