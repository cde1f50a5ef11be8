"""Weak tests: ``rltf audit --check weak`` beside ``gameability check``, the tables of docs/audit.md.

    python benchmarks/audit.py DATASET DATA [--own PATH] [--problems N] [--peer-python PATH] [--seed N]

DATASET is ``mbppplus`` with EvalPlus' MbppPlus.jsonl, ``humanevalplus`` with HumanEvalPlus.jsonl and
HumanEval.jsonl as ``--own``, ``mbpp`` or ``humaneval`` with theirs. Rows of EvalPlus' first release that
hold other inputs than the later ones are left out. Both
tools get the same references and the same tests (for ``mbppplus`` MBPP's own asserts) and the same
number of workers, and each is timed as a whole, its start included. ``--peer-python`` is an
interpreter that has gameability==0.3.1.

EvalPlus is the referee, where its data are there. A problem is confirmed weak if a mutant that neither
tool has made (another seed) passes MBPP's own tests and fails EvalPlus'. A flagged problem is a false
alarm if none of the programs that it was flagged for fails EvalPlus' tests. An input outside of the
domain is one that EvalPlus' contract for the problem refuses.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import click
from tabulate import tabulate

from rltf import Sandbox, manager
from rltf.audit import weak_tests
from rltf.audit.screen import TOGETHER
from rltf.augment.mutants import mutants
from rltf.augment.reference_outputs import quick
from rltf.common.seeds import StableRandom, derive_seed
from rltf.problem import Problem, TestCase

_OTHER_INPUTS = ("Mbpp/115", "Mbpp/793")
_REFEREES = 30
"""Mutants of each problem that the referee judges."""


@dataclass(frozen=True)
class Task:
    """A problem with its own tests, and EvalPlus' word on it."""

    problem: Problem
    plus: Problem | None
    contract: str


@dataclass(frozen=True)
class Flagged:
    """What a tool says of the problems it flags: programs, and the inputs that catch them."""

    seconds: float
    programs: dict[str, list[str]] = field(default_factory=dict)
    inputs: dict[str, list[str]] = field(default_factory=dict)
    """The calls that catch them, as code."""


@click.command()
@click.argument("dataset", type=click.Choice(["mbppplus", "humanevalplus", "mbpp", "humaneval"]))
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--own", type=click.Path(path_type=Path), help="HumanEval.jsonl, for humanevalplus.")
@click.option("--problems", default=1000, show_default=True, type=click.IntRange(min=1))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--peer-python", default=sys.executable, help="Interpreter that has gameability.")
@click.option("--seed", default=0, show_default=True)
@click.option("--inspect", default=0, show_default=True, help="Print N findings, to be read.")
def audit(
    dataset: str,
    data: Path,
    own: Path | None,
    problems: int,
    workers: int,
    peer_python: str,
    seed: int,
    inspect: int,
) -> None:
    """Audit the problems with both tools and print the table."""
    warnings.simplefilter("ignore")
    every = tasks(dataset, data, own)
    count = min(problems, len(every))
    chosen = [every[place * len(every) // count] for place in range(count)]
    click.echo(f"{dataset}: {count} problems, {workers} workers, load {os.getloadavg()[0]:.1f}")
    tools = {
        "rltf audit --check weak": ours(chosen, workers, seed),
        "gameability check": peers(chosen, workers, peer_python),
    }
    is_refereed = all(task.plus for task in chosen)
    with Sandbox(workers=workers, stop_on_failure=True) as sandbox:
        confirmed = confirmed_weak(chosen, sandbox, seed) if is_refereed else set()
        rows = [row(name, tool, chosen, confirmed, sandbox) for name, tool in tools.items()]
    columns: tuple[str, ...] = ("tool", "seconds", "problems a second", "flagged")
    if is_refereed:
        columns += (f"of {len(confirmed)} confirmed", "false alarms", "outside the domain")
    click.echo(tabulate(rows, headers=columns, disable_numparse=True))
    for task_id, inputs in list(tools["rltf audit --check weak"].inputs.items())[:inspect]:
        task = next(each for each in chosen if each.problem.task_id == task_id)
        program = tools["rltf audit --check weak"].programs[task_id][0]
        click.echo(f"\n--- {task_id}\n{task.problem.prompt}\n{inputs[0]}\n{program}")


def tasks(dataset: str, data: Path, own_data: Path | None) -> list[Task]:
    """Read the problems with their own tests."""
    if not dataset.endswith("plus"):
        return [Task(problem, None, "") for problem in problems_of(dataset, data)]
    rows = [json.loads(line) for line in data.read_text().splitlines()]
    rows = [row for row in rows if row["task_id"] not in _OTHER_INPUTS]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, data.name)
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        read = problems_of(dataset, file)
    if dataset == "humanevalplus":
        own_problems = {each.task_id: each for each in problems_of("humaneval", own_data)}
        pairs = zip(read, rows, strict=True)
        return [Task(own_problems[plus.task_id], plus, contract(row)) for plus, row in pairs]
    by_id = {row["task_id"].removeprefix("Mbpp/"): row for row in rows}
    found = []
    for plus in read:
        row = by_id[plus.task_id.removeprefix("Mbpp/")]
        own = [
            TestCase.assertion(ast.unparse(node))
            for node in ast.parse(row["assertion"]).body
            if isinstance(node, ast.Assert)
        ]
        problem = replace(plus, tests=own, setup_code="", limits=None, rule="strict", checker="")
        found.append(Task(problem, plus, contract(row)))
    return found


def problems_of(dataset: str, data: Path | None) -> Sequence[Problem]:
    problems: Sequence[Problem] = manager.get("dataset", dataset, path=data).problems()
    return problems


def contract(row: dict[str, str]) -> str:
    """Return a function that refuses the inputs that EvalPlus' contract refuses."""
    head = "" if "assertion" in row else row["prompt"]
    tree = ast.parse(head + row["canonical_solution"])
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == row["entry_point"]:
            text = textwrap.dedent(row["contract"].strip("\n"))
            node.body = [*ast.parse(text).body, ast.Pass()]
            node.decorator_list = []
            node.returns = None  # annotations name what only the whole program imports
            for argument in node.args.args:
                argument.annotation = None
            return ast.unparse(node)
    return ""


def ours(chosen: Sequence[Task], workers: int, seed: int) -> Flagged:
    """Audit with rltf."""
    start = time.perf_counter()
    found = Flagged(0.0)
    with Sandbox(workers=workers) as sandbox, ThreadPoolExecutor(2 * workers) as threads:
        cases = [(task.problem, task.problem.solutions) for task in chosen]
        groups = [cases[start : start + TOGETHER] for start in range(0, len(cases), TOGETHER)]
        results = threads.map(lambda group: weak_tests.strengths(group, sandbox, seed), groups)
        for task, strength in zip(chosen, chain.from_iterable(results), strict=True):
            if strength.caught:
                program, test = strength.caught
                found.programs[task.problem.task_id] = [program]
                found.inputs[task.problem.task_id] = [test.code]
    return replace(found, seconds=time.perf_counter() - start)


def peers(chosen: Sequence[Task], workers: int, python: str) -> Flagged:
    """Audit with gameability, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source, report = Path(folder, "problems.jsonl"), Path(folder, "report.json")
        source.write_text("".join(f"{json.dumps(peer_row(task.problem))}\n" for task in chosen))
        command = [python, "-m", "gameability", "check", str(source), "--json", str(report)]
        start = time.perf_counter()
        subprocess.run([*command, f"--workers={workers}"], check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        rows = json.loads(report.read_text())["rows"]
    weak = [each for each in rows if each["status"] == "ok" and each["n_survived"]]
    names = {task.problem.task_id: task.problem.entry_point for task in chosen}
    return Flagged(
        seconds,
        {each["pid"]: [example["src"] for example in each["examples"]] for each in weak},
        {
            each["pid"]: [f"{names[each['pid']]}({args})" for args, _ in each.get("witness", [])]
            for each in weak
        },
    )


def peer_row(problem: Problem) -> dict[str, object]:
    """Return a problem in gameability's format."""
    is_checked = any("check(" in test.code for test in problem.tests)
    return {
        "id": problem.task_id,
        "reference": problem.solutions[0],
        "tests": [test.code for test in problem.tests],
        "entry": problem.entry_point,
        **({"call_alias": "candidate"} if is_checked else {}),
    }


def confirmed_weak(chosen: Sequence[Task], sandbox: Sandbox, seed: int) -> set[str]:
    """Return the problems of which a mutant of the referee passes MBPP's tests and not EvalPlus'."""
    jobs = []
    for task in chosen:
        rng = StableRandom(derive_seed(seed, "referee", task.problem.task_id))
        programs = mutants(task.problem.solutions[0], _REFEREES, rng)
        jobs += [(task, program) for program in programs]
    own = [(hurried(task.problem), program) for task, program in jobs]
    verdicts = sandbox.judge_many(own)
    passing = [job for job, verdict in zip(jobs, verdicts, strict=True) if verdict.passed]
    return {
        task.problem.task_id
        for (task, _), fails in zip(passing, failing_plus(passing, sandbox), strict=True)
        if fails
    }


def failing_plus(jobs: Sequence[tuple[Task, str]], sandbox: Sandbox) -> list[bool]:
    """Return which programs give EvalPlus' tests a wrong answer."""
    plus = [(task.plus, program) for task, program in jobs if task.plus]
    return [not each.passed and each.status != "unscored" for each in sandbox.judge_many(plus)]


def hurried(problem: Problem) -> Problem:
    return replace(problem, limits=quick(problem.limits))


def row(
    name: str, tool: Flagged, chosen: Sequence[Task], confirmed: set[str], sandbox: Sandbox
) -> list[str]:
    """Return the line of a tool."""
    line = [
        name,
        f"{tool.seconds:.1f}",
        f"{len(chosen) / tool.seconds:.1f}",
        str(len(tool.programs)),
    ]
    by_id = {task.problem.task_id: task for task in chosen}
    if not all(task.plus for task in chosen):
        return line
    jobs = [(by_id[each], program) for each, those in tool.programs.items() for program in those]
    real = {
        task.problem.task_id
        for (task, _), fails in zip(jobs, failing_plus(jobs, sandbox), strict=True)
        if fails
    }
    outside = [
        each
        for each, calls in tool.inputs.items()
        if calls and not any(is_inside(by_id[each], call, sandbox) for call in calls)
    ]
    return [
        *line,
        str(len(confirmed & tool.programs.keys())),
        str(len(tool.programs) - len(real)),
        str(len(outside)),
    ]


def is_inside(task: Task, code: str, sandbox: Sandbox) -> bool:
    """Return whether EvalPlus' contract accepts the call in a test."""
    name = task.problem.entry_point
    calls = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    if not task.contract or not calls:
        return True
    test = TestCase.assertion(f"assert {ast.unparse(calls[0])} is None")
    checked = replace(hurried(task.problem), tests=[test], literal_answer=False)
    return sandbox.judge(checked, task.contract).passed


if __name__ == "__main__":
    audit()
