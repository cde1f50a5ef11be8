"""Names that program and test bind in different ways mean in each what they mean in CPython.

The oracle: the test sees the names of the program's module until it binds them itself, and the
program's functions keep the globals of their own module.
"""

from __future__ import annotations

import types

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

MODULE = "import datetime\ndef f(): return datetime.datetime(2020, 1, 2)"
CLASS = "from datetime import datetime\ndef f(): return datetime(2020, 1, 2)"
PLUS = "def helper(x): return x\ndef f(x): return helper(x) + 1"
COUNTER = "from collections import *\ndef f(x): return Counter(x)"
ROWS = {
    "class for module": (MODULE, "from datetime import datetime\nassert f() == datetime(2020, 1, 2)"),
    "module for class": (CLASS, "import datetime\nassert f() == datetime.datetime(2020, 1, 2)"),
    "both, in turn": (MODULE, "import datetime\nfrom datetime import datetime\nassert f() == datetime(2020, 1, 2)"),
    "class, not imported": (CLASS, "assert f() == datetime(2020, 1, 2)"),
    "class by a method": (CLASS, "assert f() < datetime.now() and f() == datetime.fromisoformat('2020-01-02')"),
    "module, not imported": (MODULE, "assert f() == datetime.datetime(2020, 1, 2)"),
    "in a function": (CLASS, "def test_it():\n    import datetime\n    assert f() == datetime.datetime(2020, 1, 2)\ntest_it()"),
    "in a test function": (MODULE, "from datetime import datetime\ndef test_it():\n    assert f() == datetime(2020, 1, 2)\ntest_it()"),
    "in a method": (MODULE, "import unittest\nclass TestF(unittest.TestCase):\n    def test_it(self):\n        from datetime import datetime\n        self.assertEqual(f(), datetime(2020, 1, 2))\nTestF().test_it()"),
    "alias of a module": ("import datetime as dt\ndef f(): return dt.date(2020, 1, 2)", "assert f() == dt.date(2020, 1, 2)"),
    "alias of a class": ("from datetime import datetime as dt\ndef f(): return dt(2020, 1, 2)", "assert f() == dt(2020, 1, 2)"),
    "another alias": ("import datetime as dt\ndef f(): return dt.date(2020, 1, 2)", "import datetime as d\nassert f() == d.date(2020, 1, 2)"),
    "star in the test": ("import collections\ndef f(x): return collections.Counter(x)", "from collections import *\nassert f('aab') == Counter('aab') and deque([1])[0] == 1"),
    "star in both": (COUNTER, "from collections import *\nassert f('aab') == Counter({'a': 2, 'b': 1})"),
    "star in the program": (COUNTER, "assert f('aab') == Counter('aab')\nassert isinstance(f('a'), defaultdict) is False"),
    "star of math": ("from math import *\ndef f(x): return floor(x)", "from math import sqrt\nassert f(sqrt(17)) == 4"),
    "math, not imported": ("import math\ndef f(x): return x / 3", "assert math.isclose(f(1), 1 / 3)"),
    "member, not imported": ("from string import ascii_lowercase\ndef f(x): return ascii_lowercase[x]", "assert f(1) == ascii_lowercase[1]"),
    "itertools, not imported": ("import itertools\ndef f(): return [1, 2]", "assert list(itertools.chain(f(), [3])) == [1, 2, 3]"),
    "numpy, not imported": ("import numpy as np\ndef f(): return np.array([1, 2])", "assert np.array_equal(f(), np.array([1, 2]))"),
    "numpy by another name": ("import numpy as np\ndef f(): return np.array([1, 2])", "import numpy\nassert (f() == numpy.array([1, 2])).all()"),
    "numpy.testing": ("import numpy\ndef f(): return numpy.arange(3) / 3", "import numpy as np\nnp.testing.assert_allclose(f(), [0, 1 / 3, 2 / 3])"),
    "typing, not imported": ("from typing import List\ndef f() -> List[int]: return [1]", "x: List[int] = f()\nassert x == [1]"),
    "own variable for a module": ("import string\ndef f(x): return x in string.ascii_letters", "string = 'abc'\nassert f(string)"),
    "own function for the program's": (PLUS, "def helper(x): return 100\nassert f(1) == 2 and helper(1) == 100"),
    "own class for the program's": ("class Item:\n    x = 1\ndef f(): return Item().x", "class Item:\n    x = 2\nassert (f(), Item().x) == (1, 2)"),
    "own variable for the function": (PLUS, "f = f(1)\nassert f == 2"),
    "loop variable": (PLUS, "assert [f for f in range(3)] == [0, 1, 2]\nassert f(1) == 2"),
    "argument": (PLUS, "def check(f):\n    assert f(1) == 2\ncheck(f)"),
    "default": (PLUS, "def check(g=f, x=1):\n    assert g(x) == 2\ncheck()"),
    "class body": (PLUS, "class T:\n    g = staticmethod(f)\n    f = 3\nassert T.g(1) == 2 and T.f == 3"),
    "deleted": (PLUS, "assert f(1) == 2\ng = f\ndel g\nassert f(2) == 3"),
    "imported as": (PLUS, "from solution import f as g\nassert g(1) == 2"),
    "module and name": (PLUS, "import solution\nfrom solution import f\nassert solution.f(1) == f(1) == 2"),
    "star of the program": (PLUS, "from solution import *\nassert f(1) == 2 and helper(1) == 1"),
    "own random": ("from random import randint\ndef f(): return 1 <= randint(1, 6) <= 6", "import random\nassert f() and random.randint(1, 1) == 1"),
    "own gcd": ("def gcd(a, b): return a if not b else gcd(b, a % b)", "import math\nassert gcd(4, 6) == math.gcd(4, 6)"),
    "own Counter": ("class Counter:\n    n = 0\n    def add(self):\n        self.n += 1\n        return self.n", "from solution import Counter\nc = Counter()\nassert (c.add(), c.add()) == (1, 2)"),
    "abc of collections": ("import collections\ndef f(x): return collections.OrderedDict(x)", "from collections import abc\nassert isinstance(f([(1, 2)]), abc.Mapping)"),
    "submodule": ("import os.path\ndef f(x): return os.path.basename(x)", "import os\nassert f('a/b') == os.path.split('a/b')[1]"),
    "json": ("from json import dumps\ndef f(x): return dumps(x)", "import json\nassert json.loads(f([1])) == [1]"),
    "time": ("from time import time\ndef f(): return time() > 0", "import time\nassert f() and time.time() > 0"),
    "copy": ("from copy import copy\ndef f(x): return copy(x)", "import copy\nx = [1]\nassert f(x) == copy.copy(x)"),
    "in set-up style": (MODULE, "import datetime as d\ndef expected(): return d.datetime(2020, 1, 2)\nassert f() == expected()"),
}  # fmt: skip


def python_passes(program: str, test: str) -> bool:
    import sys

    module = types.ModuleType("solution")
    before = sys.modules.get("solution")
    sys.modules["solution"] = module
    try:
        exec(program, vars(module))
        names = {name: thing for name, thing in vars(module).items() if name[:2] != "__"}
        exec(test, names)
    except Exception:
        return False
    finally:
        sys.modules.pop("solution")
        if before is not None:
            sys.modules["solution"] = before
    return True


@pytest.mark.parametrize("row", ROWS)
def test_a_name_means_what_it_means_in_cpython(
    sandbox: Sandbox, split_sandbox: Sandbox, row: str
) -> None:
    program, code = ROWS[row]
    assert python_passes(program, code)
    limits = Limits(cpu_s=5, wall_s=20)
    for guarded, judges in ((False, split_sandbox), (True, sandbox)):
        problem = Problem("t", "", [TestCase.assertion(code, guarded=guarded)], limits=limits)
        verdict = judges.judge(problem, program)
        assert (verdict.status, verdict.reason, verdict.error) == ("passed", "", None), guarded


@pytest.mark.parametrize("program", [MODULE, CLASS])
def test_what_one_test_imports_says_nothing_about_the_others(
    sandbox: Sandbox, program: str
) -> None:
    own = "datetime.datetime" if program == MODULE else "datetime"
    codes = [
        "from datetime import datetime\nassert f() == datetime(2020, 1, 2)",
        "import datetime\nassert f() == datetime.datetime(2020, 1, 2)",
        f"assert f() == {own}(2020, 1, 2)",
    ]
    tests = [TestCase.assertion(code) for code in codes]
    verdict = sandbox.judge(Problem("t", "", tests), program)
    assert [test.status for test in verdict.tests] == ["passed"] * 3
