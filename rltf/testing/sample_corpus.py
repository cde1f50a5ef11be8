"""Judged samples of every status, to try rewards and classifiers on.

The programs are small and real, and their verdicts come from the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from rltf.limits import Limits
from rltf.problem import Problem, TestCase
from rltf.reward import Judged
from rltf.sample import Sample
from rltf.scoring.visibility import hidden_verdict

END_ID = 256
"""The id that ends a sample. All other ids are bytes."""
TOKEN_TABLE = (*(bytes([byte]) for byte in range(END_ID)), b"")
"""The bytes of every id."""

LIMITS = Limits(cpu_s=0.3, wall_s=2.0, memory_mb=256, output_bytes=1 << 20)

CALLED = Problem(
    "double",
    "Return twice the number.",
    [TestCase.call([1], 2), TestCase.call([2], 4), TestCase.call([0], 0)],
    entry_point="double",
    limits=LIMITS,
    solutions=["def double(x):\n    return 2 * x\n"],
    metadata={"difficulty": "easy"},
)
READ = Problem(
    "echo", "Print the line that is read.", [TestCase.stdin("é\n", "é\n")], limits=LIMITS
)
PARTLY_VISIBLE = replace(
    CALLED,
    task_id="partly-visible",
    tests=[TestCase.call([1], 2, visible=True), TestCase.call([5], 10)],
)
UNTESTED = replace(CALLED, task_id="untested", tests=[])

PROGRAMS: dict[str, tuple[Problem, str]] = {
    "right": (CALLED, "def double(x):\n    return x + x\n"),
    "right, reading": (READ, "print(input())"),
    "right for one test": (CALLED, "def double(x):\n    return 2\n"),
    "right for the visible test": (PARTLY_VISIBLE, "def double(x):\n    return 2\n"),
    "wrong": (CALLED, "def double(x):\n    return -1\n"),
    "empty": (READ, ""),
    "empty, without the function": (CALLED, ""),
    "error on a line": (CALLED, "def double(x):\n    y = x / 0\n    return y\n"),
    "error in a function that is called": (
        CALLED,
        "def half(x):\n    return x.half\n\n\ndef double(x):\n    return 4 * half(x)\n",
    ),
    "error on a line that is not ASCII": (
        CALLED,
        "# größer: 🐍\ndef double(x):\n    return 'é🐍' + x  # ∞\n",
    ),
    "error, lines that end as on Windows": (
        CALLED,
        "def double(x):\r\n    raise KeyError(x)\r\n",
    ),
    "error without a line": (READ, "import os\nos._exit(3)\n"),
    "endless recursion": (CALLED, "def double(x):\n    return double(x)\n"),
    "syntax error": (CALLED, "def double(x) return 2 * x\n"),
    "syntax error, no newline at the end": (CALLED, "def double(x):\n    return (2 *"),
    "wrong indentation": (CALLED, "def double(x):\nreturn 2 * x\n"),
    "string that does not end": (CALLED, 'def double(x):\n    """Twice.\n    return 2 * x\n'),
    "timeout": (READ, "while True:\n    pass\n"),
    "too much memory": (READ, "x = bytearray(10 << 30)\n"),
    "too much output": (READ, "while True:\n    print('a' * 9999)\n"),
    "reads a file": (READ, "print(open('/etc/passwd').read())\n"),
    "crash": (READ, "import ctypes\nctypes.string_at(0)\n"),
    "not judged": (UNTESTED, "def double(x):\n    return x + x\n"),
}
"""Description to problem and program."""


@cache
def judged_samples() -> tuple[Judged, ...]:
    """Return samples of every status, judged once per process; the classifier is ``rltf``.

    Most are whole programs with token ids. Others have no ids, were cut at the length limit, come
    out of a fenced block, or are appended to a prompt.
    """
    from rltf import manager
    from rltf.sandbox import Sandbox

    classify = manager.get("classifier", "rltf")
    samples = [*_samples()]
    with Sandbox(workers=1) as sandbox:
        verdicts = sandbox.judge_many((problem, sample.program) for problem, sample in samples)
        judged = []
        for (problem, sample), verdict in zip(samples, verdicts, strict=True):
            hidden = hidden_verdict(problem, verdict)
            diagnosis = classify(problem, sample, hidden)
            judged.append(Judged(problem, sample, hidden, diagnosis))
    return tuple(judged)


def describe(judged: Judged) -> str:
    """Describe a judged sample for a message."""
    return f"a program ({judged.verdict.status}) {judged.sample.program!r:.80}"


def _samples() -> Iterator[tuple[Problem, Sample]]:
    for index, (problem, program) in enumerate(PROGRAMS.values()):
        yield problem, Sample(problem.task_id, program, token_ids=ids(program), index=index)
    problem, program = PROGRAMS["error on a line"]
    yield problem, Sample(problem.task_id, program, index=len(PROGRAMS))
    text = f"It is\n```python\n{program}```\nas asked."
    fenced = Sample(problem.task_id, program, text=text, shift=-text.index(program))
    yield problem, replace(fenced, token_ids=ids(text))
    head, tail = program[:16], program[16:]
    appended = Sample(problem.task_id, head + tail, text=tail, shift=len(head))
    yield problem, replace(appended, token_ids=ids(tail))
    problem, program = PROGRAMS["syntax error, no newline at the end"]
    cut = Sample(problem.task_id, program, token_ids=ids(program)[:-1], truncated=True)
    yield problem, cut


def ids(text: str) -> tuple[int, ...]:
    """Return (T,) the bytes of a text and the id that ends it."""
    return (*text.encode(), END_ID)
