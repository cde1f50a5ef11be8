"""Tests in pytest's style get the verdicts that pytest itself gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from parity_modules import DIFFERENT, MODULES, PROGRAMS
from parity_oracle import pytest_says

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

QUICK = (
    "function",
    "class_setups",
    "parametrize_stacked",
    "fixture_scopes",
    "skip",
    "xfail_strict",
)


def our_verdicts(
    sandbox: Sandbox, program: str, names: list[str], guarded: bool
) -> dict[str, tuple[str, str]]:
    limits = Limits(cpu_s=5, wall_s=20)
    problems = [
        Problem(name, "", [TestCase.assertion(f"from solution import f\n{MODULES[name]}\n", guarded=guarded)], limits=limits)
        for name in names
    ]  # fmt: skip
    verdicts = sandbox.judge_many((problem, program) for problem in problems)
    kinds = {"passed": "passed", "unscored": "nothing"}
    return {
        name: (kinds.get(verdict.status, "failed"), f"{verdict.status} {verdict.error} {verdict.reason}")
        for name, verdict in zip(names, verdicts, strict=True)
    }  # fmt: skip


def compare(
    sandbox: Sandbox, folder: Path, program: str, names: list[str], guarded: bool
) -> dict[str, tuple[str, ...]]:
    codes = {name: f"from solution import f\n{MODULES[name]}\n" for name in names}
    real = pytest_says(folder, PROGRAMS[program], codes)
    ours = our_verdicts(sandbox, PROGRAMS[program], names, guarded)
    wanted = {name: "nothing" if name in DIFFERENT else real[name] for name in names}
    return {name: (wanted[name], *ours[name]) for name in names if ours[name][0] != wanted[name]}


@pytest.mark.parametrize("program", ["right", "wrong"])
def test_some_modules_are_judged_as_pytest_judges_them(
    sandbox: Sandbox, tmp_path: Path, program: str
) -> None:
    assert compare(sandbox, tmp_path, program, list(QUICK), guarded=False) == {}


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("program", PROGRAMS)
def test_all_modules_are_judged_as_pytest_judges_them(
    sandbox: Sandbox, tmp_path: Path, program: str, guarded: bool
) -> None:
    assert compare(sandbox, tmp_path, program, list(MODULES), guarded) == {}
