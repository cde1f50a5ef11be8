"""Tests in pytest's style get the verdicts that pytest itself gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

PROGRAMS = {
    "right": "def f(x):\n    if x < 0: raise ValueError('negative')\n    return x * x",
    "wrong": "def f(x):\n    if x < 0: raise ValueError('negative')\n    return x + 6",
    "nothing": "def f(x): return None",
    "raises": "def f(x): raise KeyError(x)",
}
MODULES = {
    "function": "def test_f():\n    assert f(3) == 9\n    assert f(4) == 16",
    "two_functions": "def test_a():\n    assert f(3) == 9\ndef test_b():\n    assert f(5) == 25",
    "prefix": "def testing():\n    assert f(4) == 16\ndef tes():\n    assert False",
    "class": "class TestF:\n    x = 4\n    def test_a(self):\n        assert f(self.x) == 16\n    def helper(self):\n        assert False",
    "class_setup": "class TestF:\n    def setup_method(self):\n        self.x = 4\n    def test_a(self):\n        assert f(self.x) == 16\n        self.x = 5\n    def test_b(self):\n        assert self.x == 4",
    "class_setups": "log = []\nclass TestF:\n    @classmethod\n    def setup_class(cls): log.append('class')\n    @classmethod\n    def teardown_class(cls): log.append('end')\n    def setup_method(self, method): log.append(method.__name__)\n    def teardown_method(self): log.append('-')\n    def test_a(self): assert f(4) == 16\n    def test_b(self): pass\ndef test_log():\n    assert log == ['class', 'test_a', '-', 'test_b', '-', 'end']",
    "module_setup": "def setup_module(module):\n    module.x = 4\ndef teardown_module():\n    assert f(x) == 16\ndef test_f():\n    assert x == 4",
    "function_setup": "log = []\ndef setup_function(function): log.append(function.__name__)\ndef teardown_function(): log.pop()\ndef test_f():\n    assert log == ['test_f']\n    assert f(4) == 16\ndef test_g():\n    assert log == ['test_g']",
    "inherited": "class Base:\n    def test_a(self):\n        assert f(self.x) == self.y\nclass TestA(Base):\n    x, y = 3, 9\nclass TestB(Base):\n    x, y = 4, 16",
    "inherited_tests": "class TestA:\n    x, y = 3, 9\n    def test_a(self):\n        assert f(self.x) == self.y\nclass TestB(TestA):\n    x, y = 4, 16",
    "nested": "class TestA:\n    class TestB:\n        def test_f(self): assert f(4) == 16",
    "static": "class TestA:\n    @staticmethod\n    def test_f(): assert f(4) == 16\n    @classmethod\n    def test_g(cls): assert f(3) == 9",
    "not_a_class": "class TestA:\n    def __init__(self): pass\n    def test_f(self): assert False\ndef test_f(): assert f(4) == 16",
    "not_a_test": "def test_f(): assert f(4) == 16\ndef test_g(): assert False\ntest_g.__test__ = False",
    "parametrize": "import pytest\n@pytest.mark.parametrize('x, y', [(3, 9), (4, 16)])\ndef test_f(x, y):\n    assert f(x) == y",
    "parametrize_names": "import pytest\n@pytest.mark.parametrize(('x', 'y'), [(3, 9), pytest.param(4, 16, id='four')], ids=['a', 'b'])\ndef test_f(x, y):\n    assert f(x) == y",
    "parametrize_one": "import pytest\n@pytest.mark.parametrize('x', (3, 4))\ndef test_f(x):\n    assert f(x) == x * x",
    "parametrize_tuples": "import pytest\n@pytest.mark.parametrize('case', [(3, 9), (4, 16)])\ndef test_f(case):\n    assert f(case[0]) == case[1]",
    "parametrize_stacked": "import pytest\nseen = []\n@pytest.mark.parametrize('x', [3, 4])\n@pytest.mark.parametrize('y', [0, 1])\ndef test_f(x, y):\n    seen.append((x, y))\n    assert f(x + y) == (x + y) ** 2\ndef test_seen():\n    assert sorted(seen) == [(3, 0), (3, 1), (4, 0), (4, 1)]",
    "parametrize_class": "import pytest\n@pytest.mark.parametrize('x', [3, 4])\nclass TestF:\n    def test_a(self, x): assert f(x) == x * x\n    def test_b(self, x): assert f(x + 1) == (x + 1) ** 2",
    "parametrize_module": "import pytest\npytestmark = pytest.mark.parametrize('x', [3, 4])\ndef test_a(x): assert f(x) == x * x",
    "parametrize_skip": "import pytest\n@pytest.mark.parametrize('x', [3, pytest.param(-1, marks=pytest.mark.skip)])\ndef test_f(x):\n    assert f(x) == x * x",
    "parametrize_xfail": "import pytest\n@pytest.mark.parametrize('x', [4, pytest.param(-1, marks=pytest.mark.xfail(raises=ValueError, strict=True))])\ndef test_f(x):\n    assert f(x) == x * x",
    "parametrize_indirect": "import pytest\n@pytest.fixture\ndef square(request):\n    return request.param ** 2\n@pytest.mark.parametrize('square, x', [(3, 3), (4, 4)], indirect=['square'])\ndef test_f(square, x):\n    assert f(x) == square",
    "parametrize_indirect_all": "import pytest\n@pytest.fixture\ndef x(request):\n    return request.param + 1\n@pytest.mark.parametrize('x', [2, 3], indirect=True)\ndef test_f(x):\n    assert f(x) == x * x",
    "parametrize_over_a_fixture": "import pytest\n@pytest.fixture\ndef x(): return 3\n@pytest.fixture\ndef y(x): return x * x\n@pytest.mark.parametrize('x', [4, 5])\ndef test_f(x, y):\n    assert f(x) == y",
    "parametrize_empty": "import pytest\n@pytest.mark.parametrize('x', [])\ndef test_f(x): assert f(x)\ndef test_g(): assert f(4) == 16",
    "fixture": "import pytest\n@pytest.fixture\ndef x():\n    return 4\ndef test_f(x):\n    assert f(x) == 16",
    "fixture_named": "import pytest\n@pytest.fixture(name='x')\ndef make_x():\n    return 4\ndef test_f(x):\n    assert f(x) == 16",
    "fixture_yield": "import pytest\nlog = []\n@pytest.fixture\ndef x():\n    log.append('begin')\n    yield 4\n    log.append('end')\ndef test_f(x):\n    assert log == ['begin']\n    assert f(x) == 16\ndef test_g():\n    assert log == ['begin', 'end']",
    "fixture_teardown_fails": "import pytest\n@pytest.fixture\ndef x():\n    yield 4\n    assert f(4) == 16\ndef test_f(x):\n    assert f(3) == 9",
    "fixture_params": "import pytest\n@pytest.fixture(params=[3, 4])\ndef x(request):\n    return request.param\ndef test_f(x):\n    assert f(x) == x * x",
    "fixture_scopes": "import pytest\nmade = []\n@pytest.fixture(scope='module')\ndef m():\n    made.append('m')\n    return 3\n@pytest.fixture(scope='class')\ndef c(m):\n    made.append('c')\n    return m + 1\n@pytest.fixture\ndef n(c):\n    made.append('n')\n    return c + 1\nclass TestA:\n    def test_a(self, n): assert f(n) == 25\n    def test_b(self, n, m): assert f(m) == 9\nclass TestB:\n    def test_a(self, n): assert made == ['m', 'c', 'n', 'n', 'c', 'n']",
    "fixture_module_params": "import pytest\nlog = []\n@pytest.fixture(scope='module', params=[3, 4])\ndef x(request):\n    log.append(request.param)\n    yield request.param\n    log.append('end')\ndef test_f(x):\n    assert f(x) == x * x\n    assert log[-1] == x",
    "fixture_autouse": "import pytest\nstate = {}\n@pytest.fixture(autouse=True)\ndef prepare():\n    state['x'] = 4\n    yield\n    state.clear()\ndef test_f():\n    assert f(state['x']) == 16\ndef test_g():\n    assert state == {'x': 4}",
    "fixture_in_class": "import pytest\nclass TestF:\n    @pytest.fixture\n    def x(self):\n        self.seen = True\n        return 4\n    def test_f(self, x):\n        assert self.seen and f(x) == 16",
    "fixture_override": "import pytest\n@pytest.fixture\ndef x(): return 3\nclass TestF:\n    @pytest.fixture\n    def x(self, x): return x + 1\n    def test_f(self, x): assert f(x) == 16\ndef test_g(x): assert f(x) == 9",
    "fixture_factory": "import pytest\n@pytest.fixture\ndef make():\n    return lambda x: f(x)\ndef test_f(make):\n    assert make(4) == 16",
    "fixture_finalizer": "import pytest\nlog = []\n@pytest.fixture\ndef x(request):\n    request.addfinalizer(lambda: log.append(1))\n    return 4\ndef test_f(x): assert f(x) == 16\ndef test_g(): assert log == [1]",
    "fixture_by_request": "import pytest\n@pytest.fixture\ndef x(): return 4\ndef test_f(request):\n    assert f(request.getfixturevalue('x')) == 16",
    "fixture_fails": "import pytest\n@pytest.fixture\ndef x():\n    assert f(4) == 16\ndef test_f(x): pass",
    "usefixtures": "import pytest\nstate = []\n@pytest.fixture\ndef x(): state.append(4)\n@pytest.mark.usefixtures('x')\ndef test_f(): assert f(state[0]) == 16",
    "skip": "import pytest\n@pytest.mark.skip(reason='x')\ndef test_a(): assert f(4) == 17\ndef test_b(): assert f(4) == 16",
    "skipif": "import pytest, sys\n@pytest.mark.skipif(sys.version_info > (3,), reason='x')\ndef test_a(): assert f(4) == 17\n@pytest.mark.skipif('sys.version_info < (3,)', reason='x')\ndef test_b(): assert f(4) == 16",
    "skip_inside": "import pytest\ndef test_a():\n    pytest.skip('later')\n    assert f(4) == 17\ndef test_b(): assert f(4) == 16",
    "skipif_all": "import pytest\n@pytest.mark.skipif(True, reason='x')\ndef test_a(): assert f(4) == 16",
    "xfail_strict": "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_a(): assert f(4) == 17\ndef test_b(): assert f(4) == 16",
    "xfail_strict_raises": "import pytest\n@pytest.mark.xfail(strict=True, raises=ValueError)\ndef test_a(): f(-1)\ndef test_b(): assert f(4) == 16",
    "xfail": "import pytest\n@pytest.mark.xfail\ndef test_a(): assert f(4) == 17\ndef test_b(): assert f(4) == 16",
    "xfail_condition": "import pytest\n@pytest.mark.xfail(False, reason='x')\ndef test_a(): assert f(4) == 16",
    "xfail_imperative": "import pytest\ndef test_a(): pytest.xfail('x')\ndef test_b(): assert f(4) == 16",
    "raises": "import pytest\ndef test_f():\n    with pytest.raises(ValueError, match='neg'):\n        f(-1)\n    assert f(4) == 16",
    "raises_info": "import pytest\ndef test_f():\n    with pytest.raises(ValueError) as info:\n        f(-1)\n    assert str(info.value) == 'negative'",
    "raises_function": "import pytest\ndef test_f():\n    pytest.raises(ValueError, f, -1)",
    "fail": "import pytest\ndef test_f():\n    if f(4) != 16:\n        pytest.fail('no')",
    "approx": "import pytest\ndef test_f():\n    assert f(4) == pytest.approx(16.0)",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def setUp(self): self.x = 4\n    def test_f(self): self.assertEqual(f(self.x), 16)\nif __name__ == '__main__':\n    unittest.main()",
    "unittest_subtests": "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        for x in (3, 4):\n            with self.subTest(x=x):\n                self.assertEqual(f(x), x * x)",
    "unittest_skip": "import unittest\nclass T(unittest.TestCase):\n    @unittest.skip('x')\n    def test_a(self): self.assertEqual(f(4), 17)\n    def test_b(self): self.assertEqual(f(4), 16)",
    "unittest_pytest_skip": "import unittest, pytest\nclass T(unittest.TestCase):\n    @pytest.mark.skip\n    def test_a(self): self.assertEqual(f(4), 17)\n    def test_b(self): self.assertEqual(f(4), 16)\n    def test_c(self): pytest.skip('x')",
    "unittest_expected": "import unittest\nclass T(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_a(self): self.assertEqual(f(4), 17)\n    def test_b(self): self.assertEqual(f(4), 16)",
    "unittest_async": "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n    async def asyncSetUp(self): self.x = 4\n    async def test_a(self): self.assertEqual(f(self.x), 16)",
    "unittest_module": "import unittest\ndef setUpModule():\n    global x\n    x = 4\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(f(x), 16)",
    "unittest_base": "import unittest\nclass Base:\n    def test_a(self): self.assertEqual(f(self.x), self.x ** 2)\nclass T(Base, unittest.TestCase):\n    x = 4",
    "unittest_fixture": "import unittest, pytest\nclass T(unittest.TestCase):\n    @pytest.fixture(autouse=True)\n    def prepare(self): self.x = 4\n    def test_a(self): self.assertEqual(f(self.x), 16)",
    "mixed": "import unittest\ndef test_f(): assert f(3) == 9\nclass TestG:\n    def test_g(self): assert f(4) == 16\nclass H(unittest.TestCase):\n    def test_h(self): self.assertEqual(f(5), 25)",
    "main": "import pytest\ndef test_f(): assert f(4) == 16\nif __name__ == '__main__':\n    pytest.main([__file__])",
    "main_fails": "def test_f(): assert f(4) == 16\nif __name__ == '__main__':\n    assert False",
    "importorskip": "import pytest\nmath = pytest.importorskip('math')\ndef test_f(): assert f(4) == math.pow(4, 2)",
    "importorskip_missing": "import pytest\nnothing = pytest.importorskip('nothing_at_all')\ndef test_f(): assert f(4) == 16",
    "mock": "from unittest import mock\n@mock.patch('math.sqrt')\ndef test_f(sqrt):\n    assert f(4) == 16",
    "defaults": "def test_f(x=4):\n    assert f(x) == 16",
    "wrapped": "import functools\ndef twice(test):\n    @functools.wraps(test)\n    def run(*args, **kwargs):\n        test(*args, **kwargs)\n        test(*args, **kwargs)\n    return run\n@twice\ndef test_f():\n    assert f(4) == 16",
    "numpy": "import numpy as np\ndef test_f():\n    np.testing.assert_allclose([f(3), f(4)], [9, 16])",
    "module_asserts": "assert f(4) == 16\ndef test_f(): assert f(3) == 9",
    "subtests_of_a_class": "class TestF:\n    cases = [(3, 9), (4, 16)]\n    def test_f(self):\n        for x, y in self.cases:\n            assert f(x) == y",
    "async_unmarked": "async def test_f(): assert f(4) == 16",
    "unknown_fixture": "def test_f(database): assert f(4) == 16",
}  # fmt: skip
QUICK = (
    "function",
    "class_setups",
    "parametrize_stacked",
    "fixture_scopes",
    "skip",
    "xfail_strict",
)
DIFFERENT = {"async_unmarked", "unknown_fixture"}
"""What fails in pytest whatever the program does, and so is unscored here."""
SPY = """
import json, pathlib
found = {}
def pytest_collectreport(report):
    if report.failed:
        found.setdefault(report.nodeid.split("::")[0], []).append("failed")
def pytest_runtest_logreport(report):
    expected = hasattr(report, "wasxfail")
    outcome = "skipped" if report.skipped or (expected and report.passed) else report.outcome
    if report.when == "call" or report.outcome != "passed":
        found.setdefault(report.nodeid.split("::")[0], []).append(outcome)
def pytest_sessionfinish():
    pathlib.Path("found.json").write_text(json.dumps(found))
"""


def real_verdicts(folder: Path, program: str, names: list[str]) -> dict[str, str]:
    """What pytest says of each module: passed, failed or nothing."""
    (folder / "solution.py").write_text(program)
    (folder / "conftest.py").write_text(SPY)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = x")
    for name in names:
        (folder / f"test_{name}.py").write_text(f"from solution import f\n{MODULES[name]}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:rltf", "-p", "no:cacheprovider"]
    command.append("--continue-on-collection-errors")
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    found = json.loads((folder / "found.json").read_text())
    verdicts = {}
    for name in names:
        outcomes = found.get(f"test_{name}.py", [])
        failed, passed = "failed" in outcomes, "passed" in outcomes
        verdicts[name] = "failed" if failed else "passed" if passed else "nothing"
    return verdicts


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
    real = real_verdicts(folder, PROGRAMS[program], names)
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
