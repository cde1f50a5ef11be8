"""Which mode each test is judged in, with plain CPython and pytest as judges of the verdicts."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

import pytest
from parity_oracle import cpython_says

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.judging import one_process
from rltf.sandbox.judging.static_names import StaticNames
from rltf.verdict import Verdict

from .mode_table import GUARDED, JUDGED, RIGHT, SPLIT, UNSCORED, WRONG
from .pytest_each import pytest_passes

LIMITS = Limits(cpu_s=5, wall_s=20)
PROGRAMS = {"right": RIGHT, "wrong": WRONG}
ROWS = SPLIT | GUARDED | JUDGED
assert len(ROWS) == len(SPLIT) + len(GUARDED) + len(JUDGED)


def problem(code: str, **fields: object) -> Problem:
    return Problem("t", "", [TestCase.assertion(code)], limits=LIMITS, **fields)


def judged(sandbox: Sandbox, names: Sequence[str], program: str) -> dict[str, Verdict]:
    """Return the verdicts on rows of the table."""
    found = sandbox.judge_many((problem(ROWS[name]), program) for name in names)
    return dict(zip(names, found, strict=True))


def oracle(folder: Path, program: str, rows: dict[str, str]) -> dict[str, bool]:
    """Return which rows Python passes: as a test module, or as a script after the program."""
    collected = {name: code for name, code in rows.items() if "def test_" in code}
    plain = [name for name in rows if name not in collected]
    passes = pytest_passes(folder, [(program, code) for code in collected.values()])
    words = cpython_says([(program, [rows[name]]) for name in plain])
    found = dict(zip(collected, passes, strict=True))
    return found | {name: word == "passed" for name, word in zip(plain, words, strict=True)}


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_python_passes_the_right_program_and_fails_the_wrong_one(
    tmp_path: Path, program: str
) -> None:
    passes = oracle(tmp_path, PROGRAMS[program], ROWS)
    assert {name for name in ROWS if passes[name] != (program == "right")} == set()


def different(verdicts: dict[str, Verdict], is_right: bool) -> dict[str, object]:
    return {
        name: (verdict.status, verdict.judging, verdict.error or verdict.reason)
        for name, verdict in verdicts.items()
        if verdict.status == "unscored" or verdict.passed != is_right
    }


@pytest.mark.one_in(3)
@pytest.mark.parametrize("third", range(3))
def test_a_wrong_program_fails_every_row(sandbox: Sandbox, third: int) -> None:
    assert different(judged(sandbox, list(ROWS)[third::3], WRONG), is_right=False) == {}


def test_a_right_program_passes_every_row_in_its_mode_and_says_why(sandbox: Sandbox) -> None:
    right = judged(sandbox, list(ROWS), RIGHT)
    assert different(right, is_right=True) == {}
    assert {name for name in SPLIT if right[name].judging != "split"} == set()
    assert {name for name in GUARDED if right[name].judging != "guarded"} == set()
    assert {name for name in GUARDED if not right[name].judging_reason} == set()


@pytest.mark.parametrize("row", UNSCORED)
def test_what_no_mode_can_judge_is_unscored_and_says_why(
    sandbox: Sandbox, split_sandbox: Sandbox, row: str
) -> None:
    code, reason = UNSCORED[row]
    for program in PROGRAMS.values():
        for each in (sandbox, split_sandbox):
            verdict = each.judge(problem(code), program)
            assert verdict.status == "unscored"
            assert verdict.reason.startswith(reason)


def test_a_test_that_uses_a_package_with_objects_of_its_own_is_guarded() -> None:
    for code in (
        "import pandas as pd",
        "from pandas.testing import x",
        "def test_it(): import torch",
    ):
        names = StaticNames([ast.parse(code)], (), {})
        assert "objects cannot cross" in one_process.reason(names)
    assert one_process.reason(StaticNames([ast.parse("import numpy, json")], (), {})) == ""


OF_PACKAGES = {
    "click": (
        'import click\n@click.command()\n@click.argument("n", type=int)\ndef main(n): click.echo(n * 2)',
        "import click\nfrom click.testing import CliRunner\n"
        'result = CliRunner().invoke(main, ["3"])\n'
        'assert result.output == "6\\n" and isinstance(main, click.Command)',
    ),
    "plotly": (
        "import plotly.graph_objects as go\ndef f(y): return go.Figure(go.Bar(y=y))",
        "import plotly.graph_objects as go\nfigure = f([1, 2])\n"
        "assert isinstance(figure, go.Figure) and list(figure.data[0].y) == [1, 2]",
    ),
}


@pytest.mark.parametrize("package", OF_PACKAGES)
def test_a_test_knows_what_a_package_has_made_for_the_program(
    sandbox: Sandbox, package: str
) -> None:
    program, code = OF_PACKAGES[package]
    limits = Limits(cpu_s=20, wall_s=60)
    verdict = sandbox.judge(Problem("t", "", [TestCase.assertion(code)], limits=limits), program)
    assert (verdict.status, verdict.judging) == ("passed", "guarded"), verdict
