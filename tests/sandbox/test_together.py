"""Tests that one process of a program goes through by itself: what each of them did stays its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from rltf import Limits, Problem, TestCase, Verdict
from rltf.sandbox import Sandbox
from rltf.sandbox.client.zygote import ChildResult, Zygote

COUNT = 40
"""More than are given together at a time."""
LIMITS = Limits(cpu_s=20.0, wall_s=60.0)


@pytest.fixture(params=["stdin", "call"])
def judge(
    request: pytest.FixtureRequest, shared_sandbox: Sandbox
) -> Callable[[str, Sequence[str], Limits], Verdict]:
    """Judges a body that gets a text ``x`` and sets ``y``, which must be the text twice."""

    def judged(body: str, inputs: Sequence[str], limits: Limits = LIMITS) -> Verdict:
        lines = body.replace("\n", "\n    ")
        if request.param == "call":
            tests = [TestCase.call([x], x + x) for x in inputs]
            source = f"def f(x):\n    {lines}\n    return y"
        else:
            tests = [TestCase.stdin(x, x + x) for x in inputs]
            source = (
                f"import sys\ndef f(x):\n    {lines}\n    return y\n"
                "sys.stdout.write(f(sys.stdin.read()))"
            )
        return shared_sandbox.judge(Problem("t", "", tests, entry_point="f", limits=limits), source)

    return judged


def statuses_but(which: int, status: str) -> list[str]:
    return [status if number == which else "passed" for number in range(COUNT)]


def found(verdict: Verdict) -> list[str]:
    return [test.status for test in verdict.tests]


NUMBERS = [str(number) for number in range(COUNT)]


def test_what_a_test_writes_and_raises_is_its_own(judge) -> None:  # type: ignore[no-untyped-def]
    body = (
        "import sys\n"
        "print('heard', x, file=sys.stderr)\n"
        "if int(x) % 5 == 3: raise KeyError(x)\n"
        "y = x + x if int(x) % 5 else 'wrong'"
    )
    verdict = judge(body, NUMBERS)
    for number, test in enumerate(verdict.tests):
        wanted = {0: "wrong_answer", 3: "runtime_error"}.get(number % 5, "passed")
        assert test.status == wanted, (number, test)
        assert test.stderr.startswith(f"heard {number}\n"), (number, test)
        if wanted == "runtime_error":
            assert test.error.message == repr(str(number))


@pytest.mark.parametrize("which", [0, 1, 17, COUNT - 1])
@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("import os; os._exit(3)", "runtime_error"),
        ("import os; os.abort()", "crashed"),
        ("while True: pass", "timeout"),
        ("import time; time.sleep(60)", "timeout"),
    ],
)
def test_one_that_ends_the_process_takes_no_other_with_it(  # type: ignore[no-untyped-def]
    judge, end: str, status: str, which: int
) -> None:
    limits = Limits(cpu_s=0.3, wall_s=0.6)
    verdict = judge(f"if x == '{which}':\n    {end}\ny = x + x", NUMBERS, limits)
    assert found(verdict) == statuses_but(which, status)


def test_inputs_of_all_lengths_arrive_whole(judge) -> None:  # type: ignore[no-untyped-def]
    lengths = [3, 0, 100_000, 1, 20_000, 20_000, 5, 0, 40_000, 2, *range(30)]
    verdict = judge("y = x + x", ["a" * length for length in lengths])
    assert set(found(verdict)) == {"passed"}


def test_each_is_charged_its_own_time(judge) -> None:  # type: ignore[no-untyped-def]
    body = (
        "import time\nuntil = time.process_time() + (0.2 if x == '9' else 0)\n"
        "while time.process_time() < until: pass\ny = x + x"
    )
    verdict = judge(body, NUMBERS)
    assert set(found(verdict)) == {"passed"}
    for number, test in enumerate(verdict.tests):
        assert (test.cpu_s > 0.15) == (number == 9), (number, test.cpu_s)


def test_limits_are_for_each_and_not_for_all(judge) -> None:  # type: ignore[no-untyped-def]
    burn = (
        "import time\nuntil = time.process_time() + 0.1\n"
        "while time.process_time() < until: pass\ny = x + x"
    )
    assert set(found(judge(burn, NUMBERS[:8], Limits(cpu_s=0.5, wall_s=3.0)))) == {"passed"}
    sleep = "import time; time.sleep(0.25)\ny = x + x"
    assert set(found(judge(sleep, NUMBERS[:5], Limits(cpu_s=0.5, wall_s=1.0)))) == {"passed"}


def test_the_output_limit_is_for_each(judge) -> None:  # type: ignore[no-untyped-def]
    limits = Limits(cpu_s=2, output_bytes=30_000)
    body = "import sys\nsys.stderr.write('z' * 20_000)\ny = x + x"
    assert set(found(judge(body, NUMBERS[:8], limits))) == {"passed"}


ADDS = "print(sum(map(int, {}.split())))"


@pytest.mark.parametrize(
    "source",
    [
        "import sys\n" + ADDS.format("sys.stdin.buffer.readline()"),
        "import sys\nsys.stdin.buffer.peek()\n" + ADDS.format("sys.stdin.readline()"),
        "import sys\nsys.stdin = open(0)\n" + ADDS.format("input()"),
        "import sys, os\nsys.stdin = os.fdopen(0)\n" + ADDS.format("input()"),
        "import sys\nsys.stdout = open(1, 'w')\n" + ADDS.format("input()"),
        "import sys\n" + ADDS.format("sys.stdin.detach().readline()"),
        "import sys\nb = sys.stdout.detach()\nb.write(b'%d' % sum(map(int, input().split())))\nb.flush()",
        "import sys\n" + ADDS.format("input()") + "\ndel sys.stdin",
        "import sys\nfor line in sys.stdin: break\n" + ADDS.format("line"),
        "import sys\n" + ADDS.format("input()") + "\nsys.stdin.read(3)",
        "import os\n" + ADDS.format("os.read(0, 9).splitlines()[0]") + "\nos.lseek(0, 2, 0)",
        "import sys\nassert sys.stdin.encoding == 'utf-8'\nsys.stdin.reconfigure(encoding='ascii')\n"
        + ADDS.format("input()"),
        "import sys\nassert sys.stdin.errors == 'surrogateescape'\nsys.stdin.reconfigure(errors='strict')\n"
        + ADDS.format("input()"),
        "import sys\nassert vars(sys.stdin) == {'mode': 'r'}\nsys.stdin.mode = 'x'\n"
        + ADDS.format("input()"),
        "import io, sys, math\nmath.kept = io.TextIOWrapper(sys.stdin.buffer)\n"
        + ADDS.format("math.kept.readline()"),
        "import sys, math\nmath.kept = sys.stdin.buffer\n" + ADDS.format("input()"),
        "import sys\n" + ADDS.format("input()") + "\nsys.__stdout__ = None",
        "import sys\n" + ADDS.format("input()") + "\ndel sys.modules['__main__']",
        "import os\n" + ADDS.format("input()") + "\nimport sys\nsys.stdout.flush()\nos.close(1)",
    ],
    ids=[
        *(
            "reads a line of bytes",
            "peeks",
            "opens stdin anew",
            "fdopens stdin",
            "opens stdout anew",
        ),
        *("detaches stdin", "detaches stdout", "deletes stdin"),
        *("breaks off", "reads on", "reads a descriptor", "sets an encoding", "sets errors"),
        *("sets an attribute", "keeps a wrapper", "keeps a buffer", "has no old stdout"),
        *("has no main module", "closes a descriptor"),
    ],
)
def test_streams_are_new_whatever_a_test_has_done_to_them(
    shared_sandbox: Sandbox, source: str
) -> None:
    tests = [TestCase.stdin(f"{n} {n}\nleft\n" + "more\n" * n, f"{2 * n}\n") for n in range(8)]
    verdict = shared_sandbox.judge(Problem("t", "", tests, limits=LIMITS), source)
    assert found(verdict) == ["passed"] * 8


@pytest.mark.parametrize("collect", ["", "gc.collect()", "gc.collect(0)", "gc.collect(1)"])
def test_files_in_garbage_are_flushed_however_old_they_are(
    shared_sandbox: Sandbox, collect: str
) -> None:
    source = (
        "import gc\nclass Node: pass\nnode = Node()\nnode.itself = node\n"
        f"node.file = open(1, 'w', closefd=False)\nnode.file.write(input())\n{collect}\n"
    )
    tests = [TestCase.stdin(f"{n}\n", f"{n}\n") for n in range(8)]
    verdict = shared_sandbox.judge(Problem("t", "", tests, limits=LIMITS), source)
    assert found(verdict) == ["passed"] * 8


def test_a_test_that_the_process_has_no_memory_for_is_run_in_another(
    shared_sandbox: Sandbox,
) -> None:
    limits = Limits(cpu_s=5, memory_mb=20)
    large = "x" * (40 << 20)
    tests = [TestCase.stdin("1\n", "1\n"), TestCase.stdin(large, "")]
    problem = Problem("t", "", tests, limits=limits)
    program = "import sys\nx = sys.stdin.read(1)\nassert x == '1'\nprint(1)"
    assert found(shared_sandbox.judge(problem, program)) == ["passed", "runtime_error"]

    tests = [TestCase.call(["a" * size], size) for size in (1, 6 << 20, 2)]
    limits = Limits(cpu_s=5, memory_mb=26)
    problem = Problem("t", "", tests, entry_point="f", limits=limits)
    verdict = shared_sandbox.judge(problem, "def f(x): return len(x)")
    assert found(verdict) == ["passed", "passed", "passed"]


def test_a_program_that_closes_everything_is_judged_by_what_it_wrote(
    shared_sandbox: Sandbox,
) -> None:
    tests = [TestCase.stdin(x, x) for x in NUMBERS]
    program = "import os\nprint(input(), flush=True)\nos.closerange(0, 100)"
    assert shared_sandbox.judge(Problem("t", "", tests, limits=LIMITS), program).passed


def test_slow_tests_are_answered_as_they_end(
    shared_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that hears nothing for long gives its zygote up."""
    answers: list[int] = []
    results = Zygote.results

    def counted(zygote: Zygote, limits: Limits, sent: int) -> list[ChildResult]:
        answers.append(len(new := results(zygote, limits, sent)))
        return new

    monkeypatch.setattr(Zygote, "results", counted)
    tests = [TestCase.call([], 1) for _ in range(12)]
    limits = Limits(cpu_s=1, wall_s=1.0)
    problem = Problem("t", "", tests, entry_point="f", limits=limits)
    program = "import time\ndef f():\n    time.sleep(0.4)\n    return 1"
    assert found(shared_sandbox.judge(problem, program)) == ["passed"] * 12
    assert sum(answers) == 12
    assert len(answers) > 1


def test_a_wall_limit_holds_for_a_test_that_begins_while_another_is_asked_about(
    shared_sandbox: Sandbox,
) -> None:
    limits = Limits(cpu_s=1, wall_s=0.5)
    tests = [TestCase.call([seconds], 1) for seconds in (0.4994, 1000)]
    problem = Problem("t", "", tests, entry_point="f", limits=limits)
    program = "import time\ndef f(seconds):\n    time.sleep(seconds)\n    return 1"
    pids = shared_sandbox.pids
    assert found(shared_sandbox.judge(problem, program))[1] == "timeout"
    assert shared_sandbox.pids == pids  # a client that lost its patience gave its zygote up
