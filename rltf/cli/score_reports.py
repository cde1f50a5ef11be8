"""What ``rltf score`` says on stderr about samples, failures and invalid lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from rltf.samples.verdict_line import JudgingCounts, verdict_from_dict

if TYPE_CHECKING:
    from rltf.problem import Problem
    from rltf.sample import Sample
    from rltf.sandbox import Sandbox

_MAX_SHOWN = 20
"""Maximum number of invalid lines, or of reasons for unscored samples, to show."""


def plural(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural unless there is one."""
    return f"{count} {noun}{'s' if count != 1 else ''}"


def show_guarded(modes: JudgingCounts) -> None:
    """Say on stderr which samples were judged in the process of the test, and why."""
    if modes.guarded:
        tests = modes.to_dict()["tests"]["guarded"]
        click.echo(
            f"rltf: {plural(modes.guarded, 'sample')} judged guarded ({plural(tests, 'test')}), "
            "in the process of the test, where a program may cheat",
            err=True,
        )
        for reason in modes.reasons("guarded"):
            click.echo(f"rltf:   {reason}", err=True)


class Failing:
    """Collects the first samples that do not pass, to show them at the end."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._samples: list[tuple[Problem, Sample, Mapping[str, Any]]] = []

    def add(self, problem: Problem, sample: Sample, line: Mapping[str, Any]) -> None:
        """Add a sample if it does not pass and more samples may be shown."""
        if len(self._samples) < self._most and line.get("status") != "passed":
            self._samples.append((problem, sample, line))

    def show(self, sandbox: Sandbox) -> None:
        """Show the first failed test of each sample on stderr."""
        from rltf.explain.failure import explain

        for problem, sample, line in self._samples:
            verdict = verdict_from_dict(line)
            first, *rest = explain(sandbox, problem, sample.program, verdict)
            click.echo("\n".join([f"\nsample {sample.index} of {first}", *rest]), err=True)
        if self._samples:
            click.echo(err=True)


class Unscored:
    """Counts unscored samples by reason."""

    def __init__(self) -> None:
        self._tasks: dict[str, list[str]] = {}
        """Reason to the task ids of the samples."""

    def count(self, line: Mapping[str, Any]) -> None:
        """Count a sample if it is unscored."""
        if line.get("status") == "unscored":
            reason = " ".join(str(line.get("reason")).split())
            self._tasks.setdefault(reason, []).append(str(line["task_id"]))

    def summarise(self) -> None:
        """Print one line for each reason on stderr."""
        for reason, tasks in list(self._tasks.items())[:_MAX_SHOWN]:
            problems = f"{plural(len(set(tasks)), 'problem')}, the first is {tasks[0]!r}"
            samples = plural(len(tasks), "sample")
            click.echo(f"rltf: {samples} unscored ({problems}): {reason}", err=True)
        if (more := len(self._tasks) - _MAX_SHOWN) > 0:
            click.echo(f"rltf: samples are unscored for {more} more reasons", err=True)


class InvalidLines:
    """Reports the first invalid lines, and counts all of them."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, fault: str) -> None:
        self._count += 1
        if self._count <= _MAX_SHOWN:
            click.echo(f"rltf: skipped: {fault}", err=True)

    def summarise(self) -> None:
        """Print the number of invalid lines on stderr."""
        if self._count:
            shown = f"; the first {_MAX_SHOWN} are shown" if self._count > _MAX_SHOWN else ""
            click.echo(f"rltf: {plural(self._count, 'invalid line')} skipped{shown}", err=True)
