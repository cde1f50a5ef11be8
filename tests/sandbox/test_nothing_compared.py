"""A program does not pass by returning nothing that numpy or pytest could compare."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

EMPTY = {
    "list": "def f(x): return []",
    "array": "import numpy as np\ndef f(x): return np.array([])",
    "rows": "import numpy as np\ndef f(x): return np.zeros((0, 1))",
}
MASKED = "import numpy as np\ndef f(x): return np.ma.array([1.0], mask=[True])"
RIGHT = "def f(x): return 4937.5"
EVALPLUS = """
import numpy as np
def assertion(out, exp, atol):
    if out != exp and atol != 0: assert np.allclose(out, exp, rtol=1e-07, atol=atol)
    else: assert out == exp
assertion(f(7), 4937.5, 1e-06)
"""
OF_ANY = {
    "allclose": "import numpy as np\nassert np.allclose(f(7), 4937.5)",
    "allclose by name": "from numpy import allclose\nassert allclose(b=f(7), a=[4937.5])",
    "array_equiv": "import numpy as np\nassert np.array_equiv(f(7), 4937.5)",
    "helper of EvalPlus": EVALPLUS,
    "assert_allclose": "import numpy as np\nnp.testing.assert_allclose(f(7), 4937.5)",
    "assert_array_equal": "import numpy as np\nnp.testing.assert_array_equal(f(7), 4937.5)",
    "assert_almost_equal": "from numpy.testing import assert_almost_equal as a\na(f(7), 4937.5)",
    "approx": "import pytest\nassert f(7) == pytest.approx(4937.5)",
    "approx at the left": "import pytest\nassert pytest.approx(4937.5) == f(7)",
    "approx in a list": "import pytest\nassert [f(7)] == pytest.approx([4937.5])",
    "approx in a dict": "import pytest\nassert {1: f(7)} == pytest.approx({1: 4937.5})",
}
SAME = """
import numpy as np, pytest
assert np.allclose(f(7), []) and np.allclose([1.0], [1.0])
np.testing.assert_allclose(f(7), [])
assert f(7) == pytest.approx(np.array([]))
assert np.array([0.3, 0.3]) == pytest.approx(0.1 + 0.2)
assert np.float64(0.3) == pytest.approx(0.1 + 0.2)
"""
MODES = pytest.mark.parametrize("guarded", [False, True])


def status(sandbox: Sandbox, program: str, code: str, guarded: bool) -> str:
    test = TestCase.assertion(code, guarded=guarded)
    problem = Problem("t", "", [test], entry_point="f", limits=Limits(cpu_s=5, wall_s=15))
    return sandbox.judge(problem, program).status


@MODES
@pytest.mark.parametrize("name", OF_ANY)
def test_nothing_is_no_answer(sandbox: Sandbox, name: str, guarded: bool) -> None:
    code = OF_ANY[name]
    assert status(sandbox, RIGHT, code, guarded) == "passed"
    found = {kind: status(sandbox, EMPTY[kind], code, guarded) for kind in EMPTY}
    assert found.keys() == {
        kind for kind, each in found.items() if each in ("wrong_answer", "runtime_error")
    }, found


@MODES
def test_nothing_is_nothing(sandbox: Sandbox, guarded: bool) -> None:
    assert status(sandbox, EMPTY["array"], SAME, guarded) == "passed"


@MODES
@pytest.mark.parametrize("name", ["assert_allclose", "assert_array_equal"])
def test_masked_items_are_no_answer(sandbox: Sandbox, name: str, guarded: bool) -> None:
    assert status(sandbox, MASKED, OF_ANY[name], guarded) == "wrong_answer"


def test_a_program_finds_numpy_as_it_is(sandbox: Sandbox) -> None:
    program = "import numpy as np\ndef f(x): return bool(np.allclose([], x))"
    test = "import numpy as np\nassert f(7) is True\nassert np.allclose(f(7), 1)"
    assert status(sandbox, program, test, guarded=True) == "passed"


def test_a_checker_takes_nothing_for_no_answer(sandbox: Sandbox) -> None:
    checker = (
        "import numpy as np\n"
        "def check(inputs, answer, expected): return bool(np.allclose(answer, expected))"
    )
    problem = Problem(
        "t", "", [TestCase.call([7], 4937.5)], entry_point="f", checker=checker, limits=Limits()
    )
    assert sandbox.judge(problem, RIGHT).passed
    assert sandbox.judge(problem, EMPTY["list"]).status == "wrong_answer"


CHANGING = """
import numpy as np
class Changing:
    asked = 0
    def __array__(self, dtype=None, copy=None):
        Changing.asked += 1
        return np.array([]) if Changing.asked <= {times} else np.array([7.0])
def f(x): return Changing()
"""
LIAR = """
import numpy as np
class Liar(np.ndarray):
    size = property(lambda self: 1)
    flat = property(lambda self: iter([4937.5]))
    def __array_function__(self, function, types, args, kwargs): return True
    def __array_ufunc__(self, *args, **kwargs): return np.array([True])
def f(x): return np.array([7.0]).view(Liar)
"""


@pytest.mark.parametrize("name", [each for each in OF_ANY if "approx in" not in each])
def test_an_array_of_the_program_is_what_it_was_when_it_was_first_asked(
    sandbox: Sandbox, name: str
) -> None:
    called_masked = LIAR.replace("def f", "import numpy.ma\nnp.ma.MaskedArray = Liar\ndef f")
    programs = [LIAR, called_masked, *(CHANGING.format(times=times) for times in range(4))]
    found = [status(sandbox, program, OF_ANY[name], guarded=True) for program in programs]
    assert set(found) == {"wrong_answer"}


def test_masked_arrays_are_equal_if_they_hide_the_same(sandbox: Sandbox) -> None:
    code = "import numpy as np\nassert np.allclose(f(7), np.ma.array([1.0, 2], mask=[{}]))"
    program = "import numpy as np\ndef f(x): return np.ma.array([1.0, 9], mask=[False, True])"
    assert status(sandbox, program, code.format("0, 1"), guarded=True) == "passed"
    assert status(sandbox, program, code.format("1, 0"), guarded=True) == "wrong_answer"


def test_what_is_compared_may_be_named(sandbox: Sandbox) -> None:
    code = "import numpy as np\nassert np.array_equiv(a2=f(7), a1=4937.5)"
    assert status(sandbox, RIGHT, code, guarded=True) == "passed"
    assert status(sandbox, EMPTY["list"], code, guarded=True) == "wrong_answer"
