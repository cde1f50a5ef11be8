from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

# what the benchmark judges is what the tests here judge
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

MakeProblem = Callable[..., Problem]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests that do not break it."""
    with Sandbox(workers=2) as made:
        yield made


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """The same with isolation "program"."""
    with Sandbox(workers=2, isolation="program") as made:
        yield made


@pytest.fixture(scope="session")
def split_sandbox() -> Iterator[Sandbox]:
    """One that never runs test code in the program's process."""
    with Sandbox(workers=1, judging="split") as made:
        yield made


@pytest.fixture(params=["test", "program"])
def any_sandbox(
    request: pytest.FixtureRequest, sandbox: Sandbox, shared_sandbox: Sandbox
) -> Sandbox:
    return sandbox if request.param == "test" else shared_sandbox


@pytest.fixture
def problem() -> MakeProblem:
    """Makes a problem from tests in their JSON form."""

    def make(*tests: dict[str, object], **fields: object) -> Problem:
        fields.setdefault("limits", Limits(cpu_s=30.0, wall_s=90.0))
        return Problem("t", "a task", [TestCase.from_dict(test) for test in tests], **fields)

    return make
