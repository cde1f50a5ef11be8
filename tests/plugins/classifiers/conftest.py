"""Problems of each kind, and programs for them judged in one batch."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from rltf import Limits, Problem, Sample, Sandbox, TestCase, Verdict
from rltf.diagnosis import Diagnosis
from rltf.plugins.classifiers.rltf import classify

LIMITS = Limits(cpu_s=30.0, wall_s=90.0, memory_mb=256, output_bytes=1 << 16)
PROBLEMS = {
    "stdin": Problem("stdin", "…", [TestCase.stdin("3\n1 2 3\n", "6\n")], limits=LIMITS),
    "call": Problem(
        "call", "…", [TestCase.call([[1, 2, 3]], 6)], entry_point="solve", limits=LIMITS
    ),
    "assert": Problem(
        "assert", "…", [TestCase.assertion("assert solve([1, 2, 3]) == 6")], limits=LIMITS
    ),
}
PROBLEMS |= {
    f"short {kind}": replace(problem, limits=replace(LIMITS, cpu_s=0.3, wall_s=1.0))
    for kind, problem in PROBLEMS.items()
}
"""For what can only time out."""

Diagnose = Callable[[Sequence[tuple[str, str]]], list[tuple[Verdict, Diagnosis]]]


@pytest.fixture(scope="session")
def diagnose(sandbox: Sandbox) -> Diagnose:
    """Verdicts and diagnoses of ``rltf`` for (kind of problem, program), in order."""

    def of(programs: Sequence[tuple[str, str]]) -> list[tuple[Verdict, Diagnosis]]:
        jobs = [(PROBLEMS[kind], program) for kind, program in programs]
        diagnosed = []
        for (problem, program), verdict in zip(jobs, sandbox.judge_many(jobs), strict=True):
            diagnosis = classify(problem, Sample(problem.task_id, program), verdict)
            assert diagnosis is not None, verdict.reason
            diagnosed.append((verdict, diagnosis))
        return diagnosed

    return of
