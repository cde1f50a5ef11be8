"""numpy works under the limits, its own threads and the program's."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

LIMITS = {
    "default": Limits(),
    "many threads": Limits(threads=64, memory_mb=256),
    "one thread": Limits(threads=1, memory_mb=256),
}
FUNCTIONS = {
    "matmul": (
        "import numpy as np\ndef f(n):\n    return int((np.ones((n, n)) @ np.ones((n, n))).sum())",
        400**3,
    ),
    "solve": (
        "import numpy as np\ndef f(n):\n    a = np.eye(n) * 2 + np.ones((n, n))\n"
        "    return bool(np.allclose(a @ np.linalg.solve(a, np.arange(n)), np.arange(n)))",
        True,
    ),
    "svd": (
        "import numpy as np\ndef f(n):\n    a = np.random.default_rng(1).normal(size=(n, n))\n"
        "    u, s, v = np.linalg.svd(a)\n    return bool(np.allclose(u * s @ v, a))",
        True,
    ),
    "random": (
        "import numpy as np\ndef f(n):\n    np.random.seed(0)\n"
        "    return [int(np.random.randint(n)), int(np.random.default_rng(0).integers(n))]",
        [172, 340],
    ),
    "fft": (
        "import numpy as np\ndef f(n):\n    x = np.arange(n)\n"
        "    return bool(np.allclose(np.fft.ifft(np.fft.fft(x)).real, x))",
        True,
    ),
}
THREADS = """
import threading
import numpy as np

def f(n):
    found = [0] * {threads}
    def work(i):
        a = np.full((n, n), i + 1.0)
        found[i] = int((a @ a)[0, 0]) // n
        np.linalg.inv(np.eye(n) + a)
    threads = [threading.Thread(target=work, args=(i,)) for i in range({threads})]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return found
"""
SIZE = 400


def problems(expected: object, limits: Limits) -> list[Problem]:
    """The same test as data and as code."""
    tests = (
        TestCase.call([SIZE], expected),
        TestCase.assertion(f"import numpy\nfound = f({SIZE})\nassert found == {expected!r}"),
    )
    return [Problem("t", "", [test], entry_point="f", limits=limits) for test in tests]


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_numpy_works_under_the_limits(any_sandbox: Sandbox, name: str, limits: str) -> None:
    source, expected = FUNCTIONS[name]
    for problem in problems(expected, LIMITS[limits]):
        verdict = any_sandbox.judge(problem, source)
        assert verdict.passed, verdict
    for problem in problems([expected], LIMITS[limits]):
        assert any_sandbox.judge(problem, source).status == "wrong_answer"


def threaded(threads: int) -> tuple[str, list[int]]:
    """A program in which so many threads use numpy at one time, and what it returns."""
    return THREADS.format(threads=threads), [(i + 1) ** 2 for i in range(threads)]


@pytest.mark.parametrize(("limits", "threads"), [("default", 8), ("many threads", 4)])
def test_a_programs_threads_may_use_numpy(any_sandbox: Sandbox, limits: str, threads: int) -> None:
    """Each reserves some 40 MB of address space: a stack, and a buffer of OpenBLAS."""
    source, expected = threaded(threads)
    for problem in problems(expected, LIMITS[limits]):
        verdict = any_sandbox.judge(problem, source)
        assert verdict.passed, verdict


def test_more_threads_than_the_limit_are_refused(any_sandbox: Sandbox) -> None:
    source, expected = threaded(8)
    for problem in problems(expected, Limits(threads=4)):
        verdict = any_sandbox.judge(problem, source)
        assert verdict.error is not None
        assert (verdict.status, verdict.error.type) == ("runtime_error", "RuntimeError")


def test_numpy_may_be_asked_for_more_threads_than_it_gets(any_sandbox: Sandbox) -> None:
    source = (
        "import os\nos.environ['OPENBLAS_NUM_THREADS'] = '64'\nimport numpy as np\n"
        "a = np.ones((500, 500))\nprint(int((a @ a).sum()))"
    )
    assert any_sandbox.run(source, limits=LIMITS["many threads"]).stdout == f"{500**3}\n"
