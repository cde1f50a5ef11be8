"""A test that checks nothing says nothing of a program, and no program loses its penalty by it."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

RIGHT = "def f(x): return x * x"
WRONG = "def f(x): return None"


def judged(sandbox: Sandbox, code: str, program: str, *, guarded: bool = False, **fields: object):
    test = TestCase.assertion(code, guarded=guarded)
    problem = Problem("t", "", [test], limits=Limits(cpu_s=5, wall_s=10), **fields)
    return sandbox.judge(problem, program)


BROKEN = {
    "nothing": "",
    "a comment": "# assert f(3) == 9",
    "a text": "'assert f(3) == 9'",
    "an import": "import math",
    "uncalled function": "def verify():\n    assert f(3) == 9",
    "uncalled check": "def check(candidate):\n    assert candidate(3) == 9",
    "uncalled check of HumanEval": "METADATA = {}\n\ndef check(candidate):\n    assert candidate(3) == 9\n\n",
    "uncalled method": "class Checks:\n    def verify(self):\n        assert f(3) == 9",
    "uncalled lambda": "verify = lambda: exec('assert f(3) == 9')",
    "test with an argument": "def test_f(candidate):\n    assert candidate(3) == 9",
    "class with __init__": "class TestF:\n    def __init__(self): pass\n    def test_f(self): assert f(3) == 9",
    "__test__ = False": "class TestF:\n    __test__ = False\n    def test_f(self): assert f(3) == 9",
    "if False": "if False:\n    assert f(3) == 9",
    "if 0 in a function": "def test_f():\n    if 0:\n        assert f(3) == 9",
    "TYPE_CHECKING": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    assert f(3) == 9",
    "else of true": "if 1:\n    pass\nelse:\n    assert f(3) == 9",
    "while False": "while False:\n    assert f(3) == 9",
    "empty loop": "for x in []:\n    assert f(x) == 9",
    "empty table": "CASES = []\nfor x, y in CASES:\n    assert f(x) == y",
    "empty range": "for x in range(0):\n    assert f(x) == 9",
    "empty table of a function": "def cases(): return []\nfor x in cases():\n    assert f(x) == 9",
    "empty comprehension": "[f(x) for x in []]",
    "early return": "def test_f():\n    return\n    assert f(3) == 9",
    "early return in a called function": "def go():\n    return\n    assert f(3) == 9\ngo()",
    "early exit": "import sys\nsys.exit(0)\nassert f(3) == 9",
    "raise SystemExit": "raise SystemExit\nassert f(3) == 9",
    "unconsumed generator": "def go():\n    assert f(3) == 9\n    yield\ngo()",
    "generator expression": "(f(x) for x in [3])",
    "generator test": "def test_f():\n    assert f(3) == 9\n    yield",
    "unawaited coroutine": "async def go():\n    assert f(3) == 9\ngo()",
    "async test": "async def test_f():\n    assert f(3) == 9",
    "except that never": "try:\n    pass\nexcept ValueError:\n    assert f(3) == 9",
    "raise SkipTest": "import unittest\nraise unittest.SkipTest('x')\nassert f(3) == 9",
    "pytest.skip": "import pytest\ndef test_f():\n    pytest.skip('x')\n    assert f(3) == 9",
    "pytest.skip of the module": "import pytest\npytest.skip('x', allow_module_level=True)\nassert f(3) == 9",
    "importorskip": "import pytest\npytest.importorskip('nothing_at_all')\nassert f(3) == 9",
    "mark.skip": "import pytest\n@pytest.mark.skip\ndef test_f():\n    assert f(3) == 9",
    "mark.skipif": "import pytest, sys\n@pytest.mark.skipif(sys.version_info > (3,), reason='x')\ndef test_f():\n    assert f(3) == 9",
    "pytestmark": "import pytest\npytestmark = pytest.mark.skip\ndef test_f():\n    assert f(3) == 9",
    "xfail": "import pytest\n@pytest.mark.xfail\ndef test_f():\n    assert f(3) == 9",
    "xfail without running": "import pytest\n@pytest.mark.xfail(run=False)\ndef test_f():\n    assert f(3) == 9",
    "no parameters": "import pytest\n@pytest.mark.parametrize('x', [])\ndef test_f(x):\n    assert f(x) == 9",
    "unknown fixture": "import pytest\ndef test_f(database):\n    assert f(3) == 9",
    "tmp_path": "import pytest\ndef test_f(tmp_path):\n    assert f(3) == 9",
    "unused fixture": "import pytest\n@pytest.fixture\ndef nine():\n    assert f(3) == 9",
    "skipTest": "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.skipTest('x')\n        self.assertEqual(f(3), 9)",
    "unittest.skip": "import unittest\n@unittest.skip('x')\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(3), 9)",
    "method without test": "import unittest\nclass T(unittest.TestCase):\n    def check_f(self):\n        self.assertEqual(f(3), 9)",
    "async method of a plain TestCase": "import unittest\nclass T(unittest.TestCase):\n    def helper(self): self.assertEqual(f(3), 9)\nunittest.main()",
    "a tuple": "assert (f(3), 9)",
    "a tuple with a message": "assert (f(3) == 9, 'wrong')",
    "a tuple in a test": "def test_f():\n    assert (f(3) == 9, 'wrong')",
    "a generator": "assert (f(x) == 9 for x in [3])",
    "a list": "assert [f(3) == 9]",
    "a lambda": "assert lambda: f(3) == 9",
    "or true": "assert f(3) == 9 or True",
    "or a text": "assert f(3) == 9 or 'wrong'",
    "assert True": "assert True",
    "assert a text": "assert 'f(3) == 9'",
    "arithmetic": "assert 1 + 1 == 2",
    "arithmetic in a test": "def test_f():\n    assert 1 + 1 == 2",
    "another library": "import math\nassert math.sqrt(9) == 3",
    "own helper": "def double(x): return 2 * x\nassert double(2) == 4",
    "unittest without the program": "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(1, 1)",
    "pytest.raises without the program": "import pytest\nwith pytest.raises(ZeroDivisionError):\n    1 / 0",
    "doctest": "def test_f():\n    '''\n    >>> f(3)\n    9\n    '''",
    "a call, and checks that nobody calls": "f(3)\ndef check(candidate):\n    assert candidate(3) == 9",
    "a call, and checks after a skip": "import pytest\ndef test_f():\n    f(3)\n    pytest.skip('x')\n    assert f(3) == 9",
    "a value returned": "def test_f():\n    return f(3) == 9",
}  # fmt: skip


@pytest.mark.parametrize("program", ["pass", WRONG, RIGHT])
@pytest.mark.parametrize("guarded", [False, True])
def test_a_test_that_checks_nothing_is_unscored(
    sandbox: Sandbox, program: str, guarded: bool
) -> None:
    found = {
        name: judged(sandbox, code, program, guarded=guarded) for name, code in BROKEN.items()
    }
    if program == "pass":  # a test that calls what is not there says so
        assert {name for name, verdict in found.items() if verdict.passed} == set()
        return
    assert {name: v.status for name, v in found.items() if v.status != "unscored"} == {}
    assert {name: v.reason for name, v in found.items() if not v.reason} == {}
