"""What test code draws at random: the same each time, and nothing that a program can predict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.judging import seed_secret

LIMITS = Limits(cpu_s=5.0, wall_s=10.0)
ECHO = "def f(x): return repr(x)"
DRAWS = {
    "random": "import random\nx = random.random()",
    "a generator that seeds itself": "import random\nx = random.Random().random()",
    "seeded by the system": "import random\nrandom.seed()\nx = random.random()",
    "SystemRandom": "import random\nx = random.SystemRandom().random()",
    "secrets": "import secrets\nx = secrets.token_hex(8) + str(secrets.randbelow(10**9))",
    "uuid4": "import uuid\nx = str(uuid.uuid4())",
    "urandom": "import os\nx = os.urandom(8)",
    "numpy": "import numpy\nx = numpy.random.rand()",
    "numpy's default_rng": "import numpy as np\nx = np.random.default_rng().random()",
    "numpy's RandomState": "import numpy as np\nx = np.random.RandomState().rand()",
    "a bare name": "x = randint(0, 10**9)",
}


def drawn(sandbox: Sandbox, code: str, program: str = ECHO, before: int = 0) -> str:
    """What a test has drawn and handed to the program, after so many other tests."""
    test = TestCase.assertion(f"{code}\nraise AssertionError(f(x))")
    other = TestCase.assertion("import random\nrandom.random()\nassert f(1) == '1' + ''")
    problem = Problem("t", "", [*[other] * before, test], entry_point="f", limits=LIMITS)
    verdict = sandbox.judge(problem, program)
    error = verdict.tests[-1].error
    assert error is not None, verdict
    assert error.type == "AssertionError", verdict
    return error.message


@pytest.mark.parametrize("name", DRAWS)
def test_a_test_draws_the_same_each_time(
    sandbox: Sandbox, shared_sandbox: Sandbox, name: str
) -> None:
    found = {drawn(sandbox, DRAWS[name]) for _ in range(2)}
    found |= {drawn(shared_sandbox, DRAWS[name], before=before) for before in (0, 2)}
    assert len(found) == 1


def test_another_test_draws_something_else(any_sandbox: Sandbox) -> None:
    codes = [f"{DRAWS['random']}\nnumber = {number}" for number in range(3)]
    assert len({drawn(any_sandbox, code) for code in codes}) == 3


PREDICTS = """
import random, os
guesses = []
for seed in (0, 1, None, 42, "0", int(os.environ.get("PYTHONHASHSEED", 0))):
    guess = random.Random(seed)
    guesses.append(guess.random())
    guesses.append(random.random())
    random.seed(seed)
    guesses.append(random.random())
def f(x): return x in guesses
"""


def test_a_program_does_not_draw_what_the_test_draws(any_sandbox: Sandbox) -> None:
    assert drawn(any_sandbox, DRAWS["random"], PREDICTS) == "False"


def test_a_program_draws_the_same_each_time(any_sandbox: Sandbox) -> None:
    program = "import random\ndef f(x): return random.random()"
    assert len({drawn(any_sandbox, "x = 1", program) for _ in range(3)}) == 1


def test_a_guarded_test_draws_the_same_each_time_and_not_what_the_program_draws(
    any_sandbox: Sandbox,
) -> None:
    code = "import random\nx = random.random()\nassert x not in seen\nraise AssertionError(x)"
    problem = Problem("t", "", [TestCase.assertion(code, guarded=True)], limits=LIMITS)
    program = "import random\nseen = [random.random() for _ in range(9)]"
    found = {any_sandbox.judge(problem, program + "\n" * n).error.message for n in range(3)}
    assert len(found) == 1
    assert "" not in found


def test_a_checker_draws_the_same_each_time_and_another_for_another_test(
    any_sandbox: Sandbox,
) -> None:
    checker = (
        "import random\ndef check(input, output, expected):\n"
        "    if output == expected: return True\n    raise KeyError(random.random())"
    )
    tests = [TestCase.stdin(text, text) for text in ("a", "b")]
    problem = Problem("t", "", tests, checker=checker, limits=LIMITS)
    found = [
        [test.error.message for test in any_sandbox.judge(problem, "print(1)").tests if test.error]
        for _ in range(2)
    ]
    assert found[0] == found[1]
    assert len(set(found[0])) == 2


# ---------------------------------------------------------------------------------- the secret


def seed_of(environment: dict[str, str]) -> str:
    """A seed as a fresh process derives it."""
    code = "from rltf.sandbox.judging import seed_secret; print(seed_secret.seed('test').hex())"
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert ran.stderr == ""
    return ran.stdout


def test_processes_of_one_user_share_a_secret_that_only_the_user_may_read(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert seed_of(environment) == seed_of(environment)
    file = tmp_path / "cache" / "rltf" / "secret"
    assert [path.name for path in file.parent.iterdir()] == ["secret"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert seed_of(environment) != seed_of({"XDG_CACHE_HOME": str(tmp_path / "other")})


def test_processes_that_start_at_once_share_a_secret(tmp_path: Path) -> None:
    code = "from rltf.sandbox.judging import seed_secret; input(); print(seed_secret.seed('test').hex())"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={"XDG_CACHE_HOME": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert len({process.communicate()[0] for process in started}) == 1


def test_the_environment_gives_a_secret_for_other_machines(tmp_path: Path) -> None:
    given = [{"RLTF_SECRET": "s", "HOME": str(tmp_path / name)} for name in "ab"]
    assert seed_of(given[0]) == seed_of(given[1])
    assert seed_of(given[0]) != seed_of({"RLTF_SECRET": "t", "HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("home", ["/proc/nowhere", "/dev/null"])
def test_where_nothing_can_be_written_each_process_has_a_secret(home: str) -> None:
    assert seed_of({"HOME": home}) != seed_of({"HOME": home})


@pytest.mark.parametrize("content", ["", "abc", "no secret", "00" * 31])
def test_a_damaged_secret_is_replaced(tmp_path: Path, content: str) -> None:
    file = tmp_path / "rltf" / "secret"
    file.parent.mkdir()
    file.write_text(content)
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    assert seed_of(environment) == seed_of(environment)


def test_a_seed_says_nothing_of_the_secret_and_depends_on_every_part() -> None:
    seeds = {
        seed_secret.seed("judge", *parts) for parts in (("a", "b"), ("ab", ""), ("a", "c"), ("a",))
    }
    assert len(seeds) == 4
    assert {len(seed) for seed in seeds} == {16}
