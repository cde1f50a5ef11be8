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
    "all of nothing": "assert all(f(x) == 9 for x in [])",
    "a list of nothing": "assert [f(x) for x in ()] == []",
    "a sum of nothing": "assert sum(f(x) for x in {}) == 0",
    "a call that is only defined": "assert len([lambda: f(3)]) == 1",
    "arithmetic": "assert 1 + 1 == 2",
    "arithmetic in a test": "def test_f():\n    assert 1 + 1 == 2",
    "another library": "import math\nassert math.sqrt(9) == 3",
    "own helper": "def double(x): return 2 * x\nassert double(2) == 4",
    "unittest without the program": "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(1, 1)",
    "pytest.raises without the program": "import pytest\nwith pytest.raises(ZeroDivisionError):\n    1 / 0",
    "doctest": "def test_f():\n    '''\n    >>> f(3)\n    9\n    '''",
    "a call, and checks that nobody calls": "f(3)\ndef check(candidate):\n    assert candidate(3) == 9",
    "a call, and checks after a skip": "import pytest\ndef test_f():\n    f(3)\n    pytest.skip('x')\n    assert f(3) == 9",
    "no pytest": "import sys\nsys.modules['pytest'] = None\nimport pytest\nassert f(3) == 9",
    "a value returned": "def test_f():\n    return f(3) == 9",
    **{
        f"an end before the assert: {how}": f"def test_f():\n    r = f(3)\n{how}\n    assert r == 9"
        for how in (
            "    return",
            "    try:\n        return\n    finally:\n        pass",
            "    try:\n        return\n    except ValueError:\n        return",
            "    try:\n        print(r)\n    finally:\n        return",
            "    try:\n        return\n    except ValueError:\n        return\n    else:\n        assert r",
            "    with open('/dev/null'):\n        return",
            "    for _ in range(2):\n        return",
            "    for _ in range(2):\n        pass\n    else:\n        return",
            "    while True:\n        return",
            "    while True:\n        break\n        assert r == 9\n    return",
            "    if r:\n        return\n    else:\n        return",
            "    if True:\n        return",
            "    match r:\n        case 9:\n            return\n        case _:\n            return",
            "    def g():\n        return\n        assert r == 9\n    return g()",
        )
    },
}  # fmt: skip


BOTH = [False, pytest.param(True, marks=pytest.mark.slow)]


@pytest.mark.parametrize(
    "program", [WRONG, *(pytest.param(each, marks=pytest.mark.slow) for each in ("pass", RIGHT))]
)
@pytest.mark.parametrize("guarded", BOTH)
def test_a_test_that_checks_nothing_is_unscored(
    sandbox: Sandbox, program: str, guarded: bool
) -> None:
    found = {name: judged(sandbox, code, program, guarded=guarded) for name, code in BROKEN.items()}
    if program == "pass":  # a test that calls what is not there says so
        assert {name for name, verdict in found.items() if verdict.passed} == set()
        return
    assert {name: v.status for name, v in found.items() if v.status != "unscored"} == {}
    assert {name: v.reason for name, v in found.items() if not v.reason} == {}


PASSING = {
    "a call alone": "f(3)",
    "a call in a test": "def test_f():\n    f(3)",
    "a deep tree": f"def test_f():\n    assert f(3) == {'0 + ' * 800} 9",
    "a test in unittest's other form": "import unittest\nclass T(unittest.TestCase):\n    def runTest(self): self.assertEqual(f(3), 9)",
    "a skipped base": "import unittest\nclass Base(unittest.TestCase):\n    x = None\n    def test_f(self):\n        if self.x is None: self.skipTest('base')\n        self.assertEqual(f(self.x), 9)\nclass T(Base): x = 3",
    "tests that a loop makes": "def make(x):\n    def test_x(): assert f(x) == x * x\n    return test_x\nfor i in (3, 4): globals()[f'test_{i}'] = make(i)",
    "a raise": "if f(3) != 9:\n    raise AssertionError('no')",
    "a raise in a loop": "for x in (3, 4):\n    if f(x) != x * x:\n        raise ValueError(x)",
    "an exit": "import sys\nif f(3) != 9:\n    sys.exit(1)",
    "assert False": "if f(3) != 9:\n    assert False",
    "an early end": "import sys\nassert f(3) == 9\nsys.exit(0)",
    "try and else": "try:\n    f('x' * 3)\nexcept TypeError:\n    pass\nelse:\n    assert False",
    "a swallowed assert": "try:\n    assert f('x') == 9\nexcept TypeError:\n    pass",
    "a swallowed assert that holds": "try:\n    assert f(3) == 9\nexcept Exception as error:\n    print(error)",
    "one of two": "try:\n    assert f(3) == 8\nexcept AssertionError:\n    assert f(3) == 9",
    "counted": "good = 0\nfor x, y in [(3, 9), (4, 0)]:\n    try:\n        assert f(x) == y\n        good += 1\n    except AssertionError:\n        pass\nassert good == 1",
    "a test that was to fail": "import unittest\nclass T(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_f(self): self.assertEqual(f(3), '')",
    "a strict xfail": "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_f():\n    assert f(3) == ''",
    "own suite": "import unittest\nclass T(unittest.TestCase):\n    def check_f(self): self.assertEqual(f(3), 9)\nunittest.TextTestRunner().run(T('check_f'))",
    "import in a function": "def test_f():\n    import sys, solution as s\n    from solution import f as g\n    assert g(3) == s.f(3) == 9",
    "an assert in a thread": "import threading\ndef t(): assert f(3) == 9\nthread = threading.Thread(target=t)\nthread.start()\nthread.join()",
    "the loader of a module": "import sys, unittest\nclass T(unittest.TestCase):\n    def test_f(self): self.assertEqual(f(3), 9)\nunittest.TextTestRunner().run(unittest.TestLoader().loadTestsFromModule(sys.modules[__name__]))",
    "a parameter or not": "import pytest\n@pytest.fixture\ndef x(request): return getattr(request, 'param', 3)\ndef test_f(x): assert f(x) == 9",
    "a function as an object": "assert callable(f)",
    "a name": "assert f.__name__ == 'f'",
    "exec": "exec('assert f(3) == 9')",
    "main": "if __name__ == '__main__':\n    assert f(3) == 9",
    "main function": "def main():\n    assert f(3) == 9\nif __name__ == '__main__':\n    main()",
    "main and more": "assert f(2) == 4\nif '__main__' == __name__:\n    assert f(3) == 9",
    "main of unittest": "import sys, unittest\nclass T(unittest.TestCase):\n    def test_f(self): self.assertEqual(f(3), 9)\nif __name__ == '__main__':\n    sys.exit(unittest.main())",
    "main of pytest": "import sys, pytest\ndef test_f(): assert f(3) == 9\nsys.exit(pytest.main(['x.py']))",
    "a called test": "count = []\ndef test_f():\n    count.append(1)\n    assert f(3) == 9 and len(count) == 1\ntest_f()",
    "called tests": "def test_f():\n    assert f(3) == 9\nfor test in [test_f]:\n    test()",
    "a called test with an argument": "def test_f(x):\n    assert f(x) == 9\ntest_f(3)",
    "check(f)": "def check(candidate):\n    for _ in range(2):\n        assert candidate(3) == 9\ncheck(f)",
    "awaited": "import asyncio\nasync def go():\n    assert f(3) == 9\nasyncio.run(go())",
    "asyncio": "import pytest\n@pytest.mark.asyncio\nasync def test_f():\n    assert f(3) == 9",
    "anyio": "import pytest\npytestmark = pytest.mark.anyio\nclass TestF:\n    async def test_f(self):\n        assert f(3) == 9",
    "subtests": "import pytest\ndef test_f(subtests):\n    for x in (3, 4):\n        with subtests.test(x=x):\n            assert f(x) == x * x",
    "the first of two": "def test_f():\n    assert f(3) == 9\ndef test_g():\n    pass",
    "chained": "def test_f(): assert 8 < f(3) < 10",
    "match": "def test_f():\n    match f(3):\n        case 9: pass\n        case _: raise AssertionError",
    "elif": "r = f(3)\nif r is None:\n    raise ValueError\nelif r != 9:\n    raise KeyError\nelse:\n    pass",
    "import as": "from solution import f as g\nimport solution as s\ndef test_f():\n    assert g(3) == s.f(3) == 9",
    "unittest.TextTestRunner": "import unittest\nclass T(unittest.TestCase):\n    def test_f(self): self.assertEqual(f(3), 9)\nsuite = unittest.defaultTestLoader.loadTestsFromTestCase(T)\nunittest.TextTestRunner().run(suite)",
    "from __future__": "'''Text.'''\nfrom __future__ import annotations\nx: Nothing = 1\ndef test_f(y: Nothing = 3) -> Nothing:\n    '''Text.'''\n    assert f(y) == 9",
}  # fmt: skip
LENIENT = {"a call alone", "a call in a test", "a function as an object", "a name"}
"""These say little of a program, but that they have checked."""


@pytest.mark.parametrize("guarded", BOTH)
def test_all_usual_forms_of_checks_count(sandbox: Sandbox, guarded: bool) -> None:
    found = {name: judged(sandbox, code, RIGHT, guarded=guarded) for name, code in PASSING.items()}
    assert {name: (v.status, v.error, v.reason) for name, v in found.items() if not v.passed} == {}
    empty = "def f(x): return ''"
    wrong = {
        name: judged(sandbox, code, empty, guarded=guarded).status for name, code in PASSING.items()
    }
    assert {name for name, status in wrong.items() if status == "passed"} == LENIENT
    assert "unscored" not in wrong.values()


# A program that loses by the test's meaning, each with a test that it might get round.
EVASIONS = [
    ("for x in f(3):\n    assert x == 9", "def f(x): return []"),
    ("def test_f():\n    for x in f(3):\n        assert x == 9", "def f(x): return []"),
    ("def verify(x):\n    assert x == 9\nfor x in f(3):\n    verify(x)", "def f(x): return []"),
    ("r = f(3)\nif r is not None:\n    assert r == 9", WRONG),
    ("r = f(3)\nif isinstance(r, int):\n    assert r == 9", WRONG),
    ("r = f(3)\nwhile r:\n    assert r == 9\n    break", WRONG),
    ("import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n"
     "        for x in f(3): self.assertEqual(x, 9)", "def f(x): return []"),
    ("for x in f(3):\n    if x != 9:\n        raise AssertionError", "def f(x): return []"),
    ("def test_f():\n    r = f(3)\n    if r is None:\n        return\n    assert r == 9", WRONG),
    ("def test_f():\n    if f(3) != 9:\n        return False", WRONG),
    *(
        (f"def test_f():\n    r = f(3)\n{how}\n    assert r == 9", WRONG)
        for how in (
            "    try:\n        if r is None: return\n    finally:\n        pass",
            "    try:\n        r + 1\n        return\n    except KeyError:\n        pass\n    except TypeError:\n        return",
            "    for _ in range(2):\n        if r is None: return",
            "    for _ in range(2):\n        if r is None: break\n    else:\n        return\n    if r is None: return",
            "    while True:\n        if r is None: return\n        break",
            "    if r:\n        pass\n    else:\n        return",
            "    match r:\n        case None:\n            return",
            "    match r:\n        case None:\n            return\n        case _ if r == 9:\n            return",
            "    with open('/dev/null'):\n        if r is None: return",
            "    from contextlib import suppress\n    with suppress(TypeError):\n        if r is None: return\n        r + 'a'\n        return",
        )
    ),
    ("import pytest\ndef test_f():\n    r = f(3)\n    if r is None:\n        pytest.skip('none')\n    assert r == 9", WRONG),
    ("import pytest\ndef test_f():\n    r = f(3)\n    if r is None:\n        pytest.xfail('none')\n    assert r == 9", WRONG),
    ("import pytest\nr = f(3)\nif r is None:\n    pytest.skip('none', allow_module_level=True)\nassert r == 9", WRONG),
    ("import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        if f(3) is None: self.skipTest('')\n"
     "        self.assertEqual(f(3), 9)", WRONG),
    ("import pytest\n@pytest.mark.skipif(f(3) is None, reason='none')\ndef test_f():\n    assert f(3) == 9", WRONG),
    ("import pytest\n@pytest.mark.parametrize('x', f(3))\ndef test_f(x):\n    assert x == 9", "def f(x): return []"),
    ("import sys\nif f(3) is None:\n    sys.exit(0)\nassert f(3) == 9", WRONG),
    ("if 'f' in globals():\n    assert f(3) == 9", "pass"),
    ("try:\n    f\nexcept NameError:\n    pass\nelse:\n    assert f(3) == 9", "pass"),
    ("import pytest\ntry:\n    from solution import f\nexcept Exception:\n    pytest.skip('', allow_module_level=True)\n"
     "assert f(3) == 9", "pass"),
    ("try:\n    assert f(3) == 9\nexcept AssertionError:\n    print('wrong')", WRONG),
    ("try:\n    assert f(3) == 9\nexcept Exception as error:\n    print(error)", "pass"),
    ("for x in (3, 4):\n    try:\n        assert f(x) == x * x\n    except AssertionError:\n        pass", "def f(x): return 9"),
    *(
        (code, f"def f(x): raise {error}")
        for code in (
            "import threading\ndef t(): assert f(3) == 9\nthread = threading.Thread(target=t)\nthread.start()\nthread.join()",
            "from concurrent.futures import ThreadPoolExecutor\ndef t(): assert f(3) == 9\nwith ThreadPoolExecutor(1) as pool: pool.submit(t)",
            "def t():\n    try:\n        assert f(3) == 9\n    finally:\n        return\nt()",
            "try:\n    assert f(3) == 9\nexcept Exception as error:\n    print(error)",
        )
        for error in ("SystemExit", "ValueError")
    ),
    ("import sys, unittest\nclass T(unittest.TestCase):\n    def test_f(self): self.assertEqual(f(3), 9)\n"
     "result = unittest.TextTestRunner().run(T('test_f'))\nsys.exit(0 if result.wasSuccessful() else 1)", "pass"),
    ("try:\n    f(3)\nexcept Exception:\n    raise ValueError('broken')\nassert f(3) == 9", "pass"),
    ("from contextlib import suppress\nwith suppress(AssertionError):\n    assert f(3) == 9", WRONG),
    ("import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        try: self.assertEqual(f(3), 9)\n"
     "        except AssertionError: print('wrong')", WRONG),
    *(
        ("import unittest\nclass T(unittest.TestCase):\n    def check_f(self):\n        with self.subTest():\n"
         f"            self.assertEqual(f(3), 9)\n{run}", program)
        for run in ("unittest.TextTestRunner().run(T('check_f'))", "T('check_f').run()", "unittest.TestSuite([T('check_f')])(unittest.TestResult())")
        for program in (WRONG, "import unittest\ndef f(x): raise unittest.SkipTest('x')")
    ),
    *(
        (code, program)
        for code in (
            "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(3), 9)",
            "import unittest, pytest\ndef test_f():\n    assert f(3) == 9",
            "import unittest, pytest\nassert f(3) == 9",
        )
        for program in (
            "import unittest\ndef f(x): raise unittest.SkipTest('x')",
            "from unittest import SkipTest\ndef f(x): raise SkipTest",
            "import pytest\ndef f(x): pytest.skip('x')",
            "import pytest\ndef f(x): pytest.xfail('x')",
            "import pytest\ndef f(x): pytest.exit('x', returncode=0)",
            "def f(x): raise StopIteration",
            "def f(x): raise SystemExit(0)",
            "def f(x): raise SystemExit",
            "def f(x): raise KeyboardInterrupt",
            "def f(x): raise GeneratorExit",
            "class SkipTest(Exception): pass\ndef f(x): raise SkipTest",
            "class Skipped(BaseException): pass\ndef f(x): raise Skipped",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("guarded", BOTH)
def test_no_program_gets_round_what_a_test_would_have_checked(
    sandbox: Sandbox, guarded: bool
) -> None:
    for code, program in EVASIONS:
        verdict = judged(sandbox, code, program, guarded=guarded)
        assert verdict.status in ("wrong_answer", "runtime_error"), (code, program, verdict)


STREAMS = """
import pytest
def test_output(capsys):
    print(f(3))
    assert capsys.readouterr().out == '9\\n'
    with capsys.disabled():
        print('not seen')
    assert capsys.readouterr().out == ''
"""
PATCHED = """
import pytest
def test_patch(monkeypatch):
    import math
    monkeypatch.setattr(math, 'pi', 9)
    assert f(3) == math.pi
def test_after():
    import math
    assert f(2) == 4 and math.pi != 9
"""
WARNED = """
import pytest, warnings
def test_warning(recwarn):
    assert f(3) == 9
    assert len(recwarn) == 1 and recwarn.pop(UserWarning)
def test_warns():
    with pytest.warns(UserWarning):
        f(3)
"""
WARNING = "import warnings\ndef f(x):\n    warnings.warn('w')\n    return x * x"


@pytest.mark.parametrize(
    ("code", "program"), [(STREAMS, RIGHT), (PATCHED, RIGHT), (WARNED, WARNING)]
)
def test_fixtures_for_the_programs_process_need_a_guarded_test(
    sandbox: Sandbox, code: str, program: str
) -> None:
    assert judged(sandbox, code, program, guarded=True).passed
    wrong = program.replace("x * x", "x")
    assert judged(sandbox, code, wrong, guarded=True).status == "wrong_answer"
    apart = judged(sandbox, code, program)
    assert apart.status == "unscored"
    assert "test" in apart.reason


def test_what_is_unscored_says_why(sandbox: Sandbox) -> None:
    uncalled = judged(sandbox, BROKEN["uncalled check"], RIGHT)
    assert uncalled.reason == (
        "the test ran no assertion, so it checks nothing: nothing calls check()"
    )
    fixture = judged(sandbox, BROKEN["unknown fixture"], RIGHT)
    assert fixture.reason == "the test needs the fixture 'database', which it does not define"


@pytest.mark.parametrize(
    ("caught", "status"),
    [
        ("try:\n    {check}\nexcept TypeError:\n    pass", "passed"),
        ("from contextlib import suppress\nwith suppress(TypeError):\n    {check}", "passed"),
        ("try:\n    {check}\nexcept Exception:\n    pass", "wrong_answer"),
        ("try:\n    {check}\nexcept:\n    pass", "wrong_answer"),
        ("try:\n    {check}\nexcept KeyError:\n    pass", "runtime_error"),
        (
            "try:\n    int('x')\nexcept ValueError:\n    pass\n"
            "try:\n    {check}\nexcept Exception:\n    pass",
            "passed",
        ),
    ],
)
def test_a_check_cut_short_counts_if_the_test_names_an_exception(
    sandbox: Sandbox, caught: str, status: str
) -> None:
    code = caught.format(check="assert f(3) == 9")
    assert judged(sandbox, code, "def f(x): raise TypeError").status == status
