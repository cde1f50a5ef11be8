"""Honest programs beside their tests in one process: plain Python and pytest pass them as well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

F = "def f(x): return x * x"

CASES = {
    "arithmetic of a class that the test names": (
        "class Natural:\n    def __init__(self, n): self.n = n\n"
        "    def __sub__(self, other): return max(0, self.n - other)\n"
        "    def __mul__(self, other): return self.n * other\n"
        "    def __rmul__(self, other): return self.n * other\n"
        "    def __isub__(self, other):\n        self.n -= other\n        return self\n"
        "def f(x): return Natural(x)",
        "assert f(3) - 5 == 0 and f(7) - 5 == 2\nassert f(0) * 5 == 0 and 2 * f(3) == 6\n"
        "kept = Natural(9)\nkept -= 4\nassert kept.n == 5\n"
        "kept.n -= 1\nassert kept.n == 4\nheld = [Natural(9)]\nheld[0] -= 2\nassert held[0].n == 7",
    ),
    "arithmetic of Python's and numpy's classes": (
        "from decimal import Decimal\nfrom fractions import Fraction\nimport datetime\n"
        "import numpy as np\nfrom pathlib import Path\n"
        "def half(): return Fraction(1, 2)\ndef price(): return Decimal('2.50')\n"
        "def day(): return datetime.date(2024, 2, 28)\ndef row(): return np.array([1.5, 2.5])\n"
        "def home(): return Path('a')\ndef items(): return [1, 2]",
        "import datetime, operator\nimport numpy as np\nimport pytest\n"
        "assert half() - 0.5 == 0 and price() * 2 == 5\n"
        "assert day() + datetime.timedelta(2) == datetime.date(2024, 3, 1)\n"
        "assert abs(row() - np.array([1.5, 2.5])).max() == 0 and np.allclose(row() * 2, [3, 5])\n"
        "assert (home() / 'b').parts == ('a', 'b') and items() + [3] == [1, 2, 3]\n"
        "assert price() == pytest.approx(price()) and operator.mul(items(), 2) == [1, 2, 1, 2]\n"
        "assert 'got %s' % price() == 'got 2.50'",
    ),
    "failures that the test raises itself": (
        "class Empty(Exception): pass\ndef pop(): raise Empty\n"
        "def outcome(check):\n    try:\n        check()\n    except AssertionError:\n"
        "        return 'failed'\n    return 'passed'",
        "def bad(): raise AssertionError('wrong')\n"
        "assert outcome(bad) == 'failed' and outcome(int) == 'passed'\n"
        "try:\n    pop()\n    raise AssertionError('no error')\nexcept Empty:\n    pass",
    ),
    "assignment in place": (
        "def f(x): return x * x",
        "count = 1\ncount += f(3)\ncount <<= 1\nassert count == 20\n"
        "class Box:\n    total = 0\n    total += 1\n"
        "def test_it():\n    global count\n    count -= 1\n    seen = {'n': 0}\n    key = 'n'\n"
        "    for i in range(3):\n        seen[key] += f(i)\n        seen['n'] *= 1\n"
        "    box = Box()\n    box.total |= 6\n    rows = [[1], [2]]\n    rows[0][0] += 4\n"
        "    rows[1] += [3]\n    text = 'a'\n    text += 'b'\n"
        "    assert (count, seen, box.total, rows, text) == (19, {'n': 5}, 7, [[5], [2, 3]], 'ab')",
    ),
    "text that is formatted with an object that calculates": (
        "class Money:\n    def __init__(self, cents): self.cents = cents\n"
        "    def __mod__(self, n): return Money(self.cents % n)\n    __rmod__ = __mod__\n"
        "    def __str__(self): return f'${self.cents / 100:.2f}'\ndef price(): return Money(1250)",
        "assert 'total %s' % price() == 'total $12.50' and '%s %d' % (price(), 2) == '$12.50 2'",
    ),
    "operator that the program's object refuses": (
        "class Money:\n    def __init__(self, n): self.n = n\n    def __add__(self, o):\n"
        "        if not isinstance(o, Money): raise TypeError('money only')\n"
        "        return Money(self.n + o.n)\n"
        "    def __lt__(self, o): return self.n < o.n if isinstance(o, Money) else NotImplemented\n"
        "def money(n): return Money(n)",
        "import pytest\nwith pytest.raises(TypeError, match='money only'): money(1) + 5\n"
        "with pytest.raises(TypeError): 5 + money(1)\nwith pytest.raises(TypeError): 5 - money(1)\n"
        "with pytest.raises(TypeError): money(1) < 5\nassert (money(1) + money(2)).n == 3",
    ),
    "assignment in place of nested targets": (
        "def f(x): return x * 10",
        "class Node: pass\nnode = Node()\nnode.child = Node()\nnode.child.items = [[1, 2], [3]]\n"
        "node.child.items[0][-1] -= f(1)\nnode.child.items[1] *= 2\nnode.child.items[0][0:1] += [f(2)]\n"
        "class Mine:\n    def __init__(self): self.__kept, self.me = 2, self\n"
        "    def run(self):\n        self.__kept += f(1)\n        self.me.__kept *= 2\n        return self.__kept\n"
        "assert node.child.items == [[1, 20, -8], [3, 3]] and Mine().run() == 24\n"
        "seen, held, place = [], {'a': 1}, 0\ndef told(*what):\n    seen.append(what)\n    return what[-1]\n"
        "told('owner', held)[told('key', 'a')] += told('value', f(1))\n"
        "assert held == {'a': 11} and [each[0] for each in seen] == ['owner', 'key', 'value']\n"
        "def moved():\n    global place\n    place += 1\n    return 5\n"
        "row = [1, 2]\nrow[place] += moved()\nassert row == [6, 2]",
    ),
    "assignment in place around await and yield": (
        "async def f(x): return x\ndef g(x): return x",
        "import asyncio\nasync def main():\n    held = {1: 1}\n    held[await f(1)] += await f(4)\n    return held\n"
        "assert asyncio.run(main()) == {1: 5}\n"
        "def tell():\n    held = {'x': 1}\n    held['x'] += yield\n    held[(yield)] *= 3\n    yield held\n"
        "told = tell()\nnext(told)\ntold.send(g(4))\nassert told.send('x') == {'x': 15}",
    ),
    "functions and methods whose names are those of operators": (
        "class Vec:\n    def __init__(self, x): self.x = x\n    def __add__(self, o): return Vec(self.x + o)\n"
        "    def __hash__(self): return self.x\n    def __eq__(self, o): return isinstance(o, Vec) and self.x == o.x\n"
        "def vec(x): return Vec(x)\nclass Calculator:\n    def add(self, a, b): return (a + b).x\n"
        "    @staticmethod\n    def sub(a, b): return a.x - b",
        "import re\nassert Calculator().add(vec(1), 2) == 3 and Calculator.sub(vec(5), 2) == 3\n"
        "seen = set()\nseen.add(vec(1))\nassert len(seen) == 1 and re.sub('a', lambda m: 'b', 'aa') == 'bb'",
    ),
    "functions that convert numbers of the program's class": (
        "class Meters(float):\n    def __sub__(self, o): return Meters(float(self) - float(o))\n"
        "def length(): return Meters(2.5)",
        "import math\nassert math.isclose(length(), 2.5) and math.dist((length(),), (2.5,)) == 0\n"
        "assert math.hypot(length(), 0) == 2.5 and length() == 2.5 and round(length(), 1) == 2.5",
    ),
    "tuple with a difference of its own in numpy and approx": (
        "from typing import NamedTuple\nclass Point(NamedTuple):\n    x: float\n    y: float\n"
        "    def __sub__(self, o): return Point(self.x - o[0], self.y - o[1])\ndef origin(): return Point(0.5, 0.25)",
        "import numpy as np\nimport pytest\n"
        "assert origin() == (0.5, 0.25) == pytest.approx(origin()) and np.allclose(origin(), (0.5, 0.25))",
    ),
    "classes of pandas that Cython has compiled": (
        "import pandas as pd\ndef span(): return pd.Timedelta(days=1, hours=6)\n"
        "def column(): return pd.Series([1, None, 3], dtype='Int64')",
        "import pandas as pd\nimport datetime\nassert span() * 2 == pd.Timedelta(days=2, hours=12)\n"
        "assert 2 * span() == span() + span() and span() / pd.Timedelta(hours=1) == 30\n"
        "assert span() - datetime.timedelta(days=1) == pd.Timedelta(hours=6)\n"
        "assert (column() + 1).tolist()[0] == 2 and (column() - 1).fillna(0).sum() == 2",
    ),
    "members of enumerations, fractions and arrays of the program's classes": (
        "import enum\nfrom fractions import Fraction\nimport numpy as np\n"
        "class Right(enum.Flag):\n    READ = 4\n    WRITE = 2\nclass Ratio(Fraction):\n    def percent(self): return float(self) * 100\n"
        "class Info(np.ndarray):\n    def __array_finalize__(self, of): self.info = getattr(of, 'info', 'i')\n"
        "def right(): return Right.READ | Right.WRITE\ndef ratio(): return Ratio(1, 2)\ndef row(): return np.array([1.0, 2.0]).view(Info)",
        "import numpy as np\nassert right() & ~right() == right() ^ right() and ratio() + 1 == 1.5 and 1 - ratio() == ratio()\n"
        "assert ratio().percent() == 50 and np.allclose(row() + 1, [2, 3]) and (row() * 2).info == 'i' and (1 - row()).sum() == -1",
    ),
    "objects of the program in an array among themselves": (
        "import numpy as np\nclass Part:\n    def __init__(self, x): self.x = x\n    def __add__(self, o): return Part(self.x + o.x)\n"
        "def parts(*xs): return np.array([Part(x) for x in xs], dtype=object)",
        "assert [part.x for part in parts(1, 2) + parts(3, 4)] == [4, 6] and parts(1, 2).sum().x == 3",
    ),
    "arithmetic of a mock of the test": (
        "def fetch(client): return client.get() * 2",
        "from unittest.mock import MagicMock\nclient = MagicMock()\nclient.get.return_value = 4\n"
        "client.__sub__.return_value = 3\nclient.count = 0\nclient.count += fetch(client)\n"
        "assert client - 1 == 3 and client.count == 8",
    ),
    "iterator of the program that a lambda asks": (
        "def items(): return iter([1, 2, 3])\nclass Once:\n    def __init__(self): self.n = 0\n    def __iter__(self): return self\n"
        "    def __next__(self):\n        self.n += 1\n        if self.n > 3: raise StopIteration\n        return self.n",
        "import pytest\nit = items()\nassert list(iter(lambda: next(it) * 2, 6)) == [2, 4]\nonce = Once()\n"
        "assert [x + 1 for x in once] == [2, 3, 4]\nwith pytest.raises(StopIteration): next(once) + 1",
    ),
    "differences and limits of a class that the test names": (
        "class Level:\n    def __init__(self, n): self.n = n\n    def __add__(self, k): return min(10, self.n + k)\n"
        "    def __xor__(self, k): return self.n ^ k\n"
        "class Celsius(float):\n    def __sub__(self, o): return Celsius(float(self) - float(o))\ndef boils(): return Celsius(99.98)",
        "import numpy as np\nimport pytest, unittest\nassert Level(9) + 1 == 10 and Level(5) ^ 5 == 0 and isinstance(boils(), Celsius)\n"
        "assert boils() == pytest.approx(99.98) and np.isclose(boils(), 99.98) and abs(boils() - 99.98) < 1e-9\n"
        "class T(unittest.TestCase):\n    def test_it(self): self.assertAlmostEqual(boils(), 100, delta=0.1)",
    ),
    "numbers of the program's class that are not calculated with": (
        "class Score(int):\n    def __sub__(self, other): return Score(int(self) - int(other))\n"
        "def f(x): return Score(x)",
        "import unittest\nassert f(3) == 3 and f(5) - f(3) == 2 and sorted([f(2), f(1)]) == [1, 2]\n"
        "class T(unittest.TestCase):\n    def test_it(self): self.assertEqual(f(3), 3)",
    ),
    "logging": (
        "import logging\nlog = logging.getLogger('app')\n"
        "def f(x):\n    log.warning('got %d', x)\n    return x * x",
        "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n"
        "        with self.assertLogs('app', 'WARNING') as logs:\n            self.assertEqual(f(3), 9)\n"
        "        self.assertEqual(logs.output, ['WARNING:app:got 3'])\n"
        "        self.assertEqual(logs.records[0].funcName, 'f')",
    ),
    "logging with a handler of the program": (
        "import io, logging\nout = io.StringIO()\nlog = logging.getLogger('own')\n"
        "log.addHandler(logging.StreamHandler(out))\nlog.setLevel('INFO')\n"
        "def f(x):\n    log.info('%s %d', 'f', x)\n    return out.getvalue()",
        "assert f(1) == 'f 1\\n'",
    ),
    "dataclass": (
        "from dataclasses import dataclass, field, asdict, replace\n@dataclass(order=True)\n"
        "class Point:\n    x: int\n    y: int = 2\n    tags: list = field(default_factory=list)",
        "from dataclasses import asdict, replace, is_dataclass, fields\n"
        "assert asdict(Point(1)) == {'x': 1, 'y': 2, 'tags': []}\nassert is_dataclass(Point)\n"
        "assert replace(Point(1), y=5) == Point(1, 5)\nassert Point(1) < Point(2)\n"
        "assert [f.name for f in fields(Point)] == ['x', 'y', 'tags']",
    ),
    "dataclass of the test": (
        "def total(items): return sum(item.price for item in items)",
        "from dataclasses import dataclass\n@dataclass\nclass Item:\n    price: int\n"
        "assert total([Item(1), Item(2)]) == 3\nassert Item(1) == Item(1)",
    ),
    "namedtuple": (
        "from collections import namedtuple\nfrom typing import NamedTuple\n"
        "P = namedtuple('P', 'x y', defaults=[3])\nclass Q(NamedTuple):\n    a: int\n    b: str = 'b'",
        "import pickle\nassert P(1) == (1, 3)\nassert P(1)._replace(y=4).y == 4\n"
        "assert Q(1)._asdict() == {'a': 1, 'b': 'b'}\nassert pickle.loads(pickle.dumps(P(1))) == P(1)",
    ),
    "namedtuple of the test": (
        "def area(r): return r.w * r.h",
        "from collections import namedtuple\nR = namedtuple('R', 'w h')\nassert area(R(2, 3)) == 6",
    ),
    "enum": (
        "import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\n"
        "Animal = enum.Enum('Animal', 'CAT DOG')",
        "assert Color(1) is Color.RED\nassert [a.name for a in Animal] == ['CAT', 'DOG']\n"
        "assert Color['BLUE'].value == 2",
    ),
    "signature": (
        "def f(a, b=2, *rest, key: int = 3, **more) -> str: return ''",
        "import inspect\nsignature = inspect.signature(f)\n"
        "assert list(signature.parameters) == ['a', 'b', 'rest', 'key', 'more']\n"
        "assert signature.parameters['key'].default == 3\nassert signature.return_annotation in (str, 'str')",
    ),
    "signature of a function of the test": (
        "import inspect\ndef arity(g): return len(inspect.signature(g).parameters)\n"
        "def names(g): return g.__code__.co_varnames[:g.__code__.co_argcount]",
        "assert arity(lambda a, b=1: 0) == 2\ndef g(x, y): z = 1\nassert names(g) == ('x', 'y')",
    ),
    "getsource": (
        "def f(x):\n    # squares\n    return x * x\nclass C:\n    def m(self): return 1",
        "import inspect\nassert 'squares' in inspect.getsource(f)\n"
        "assert inspect.getsource(C.m).strip() == 'def m(self): return 1'\n"
        "assert inspect.getsourcelines(f)[1] == 1\nimport ast\n"
        "assert isinstance(ast.parse(inspect.getsource(C)).body[0], ast.ClassDef)",
    ),
    "getsource of the module": (
        "import math\ndef f(x): return math.sqrt(x)",
        "import inspect, solution\nassert 'for ' not in inspect.getsource(solution)\nassert f(4) == 2",
    ),
    "traceback": (
        "import traceback\ndef g(): raise ValueError('bad')\ndef f():\n    try: g()\n"
        "    except ValueError: return traceback.format_exc()",
        "text = f()\nassert text.startswith('Traceback')\nassert 'in g' in text and 'ValueError: bad' in text",
    ),
    "traceback through the test": (
        "import traceback\ndef f(g):\n    try: g()\n    except ValueError as e:\n"
        "        return ''.join(traceback.format_exception(e))",
        "def g(): raise ValueError('from the test')\nassert 'from the test' in f(g)\nassert 'in g' in f(g)",
    ),
    "stack of callers": (
        "import inspect, traceback\ndef f(): return inspect.stack()[0].function, len(traceback.extract_stack()) > 1",
        "assert f() == ('f', True)",
    ),
    "name of the caller": (
        "import sys\ndef f(): return sys._getframe(1).f_code.co_name, sys._getframe(1).f_globals['__name__']",
        "def caller(): return f()\nassert caller() == ('caller', __name__)",
    ),
    "exception with attributes and cause": (
        "class E(Exception):\n    def __init__(self, code):\n        super().__init__(f'code {code}')\n        self.code = code\n"
        "def f(x):\n    try: return 1 // x\n    except ZeroDivisionError as e: raise E(7) from e",
        "import pytest\nwith pytest.raises(E, match='code 7') as info:\n    f(0)\n"
        "assert info.value.code == 7\nassert isinstance(info.value.__cause__, ZeroDivisionError)\n"
        "assert info.value.__traceback__.tb_frame is not None",
    ),
    "exception group": (
        "def f(): raise ExceptionGroup('many', [ValueError(1), TypeError(2)])",
        "try:\n    f()\nexcept* ValueError as group:\n    assert len(group.exceptions) == 1\nexcept* TypeError:\n    pass",
    ),
    "threads": (
        "import threading\ndef f(n):\n    found = []\n    lock = threading.Lock()\n    def work(i):\n"
        "        with lock: found.append(i)\n    ts = [threading.Thread(target=work, args=(i,)) for i in range(n)]\n"
        "    for t in ts: t.start()\n    for t in ts: t.join()\n    return sorted(found)",
        "assert f(5) == list(range(5))",
    ),
    "threads of the test": (
        "import threading\nclass Counter:\n    def __init__(self): self.n, self.lock = 0, threading.Lock()\n"
        "    def add(self):\n        with self.lock: self.n += 1",
        "import threading\nc = Counter()\nts = [threading.Thread(target=lambda: [c.add() for _ in range(50)]) for _ in range(4)]\n"
        "for t in ts: t.start()\nfor t in ts: t.join()\nassert c.n == 200",
    ),
    "pool of threads": (
        "from concurrent.futures import ThreadPoolExecutor\ndef f(xs):\n"
        "    with ThreadPoolExecutor(3) as pool: return list(pool.map(abs, xs))",
        "assert f([-1, 2, -3]) == [1, 2, 3]",
    ),
    "asyncio": (
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x + 1\n"
        "async def g(): return await asyncio.gather(f(1), f(2))",
        "import asyncio\nassert asyncio.run(f(1)) == 2\nassert asyncio.run(g()) == [2, 3]",
    ),
    "asynchronous test case": (
        "import asyncio\nasync def f(x): return x + 1",
        "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n"
        "    async def test_it(self): self.assertEqual(await f(1), 2)",
    ),
    "patch of the program's global": (
        "def fetch(): return 1\ndef f(): return fetch() + 1",
        "from unittest.mock import patch\nwith patch('solution.fetch', return_value=41) as fetched:\n"
        "    assert f() == 42\n    fetched.assert_called_once_with()\nassert f() == 2",
    ),
    "patch as a decorator": (
        "import time\ndef f(): return time.time()",
        "import unittest\nfrom unittest.mock import patch\nclass T(unittest.TestCase):\n"
        "    @patch('solution.time.time')\n    def test_it(self, clock):\n        clock.return_value = 5\n"
        "        self.assertEqual(f(), 5)\n        clock.assert_called_once()",
    ),
    "patch of an object's method": (
        "class A:\n    def get(self): return 1\n    def f(self): return self.get() * 2",
        "from unittest.mock import patch, MagicMock, call\nwith patch.object(A, 'get', return_value=5) as get:\n"
        "    assert A().f() == 10\n    assert get.call_count == 1\nassert A().f() == 2",
    ),
    "patch of a builtin": (
        "def f(): return int(input('n? ')) + 1",
        "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['4']) as asked:\n"
        "    assert f() == 5\nasked.assert_called_with('n? ')",
    ),
    "patch of open": (
        "def f(path):\n    with open(path) as file: return file.read().upper()",
        "from unittest.mock import mock_open, patch\nwith patch('builtins.open', mock_open(read_data='abc')) as opened:\n"
        "    assert f('x.txt') == 'ABC'\n    assert open('y').read() == 'abc'\n    opened.assert_any_call('x.txt')",
    ),
    "patch of print": (
        "def f(): print('hello', 3)",
        "import builtins\nfrom unittest import mock\n@mock.patch('builtins.print')\ndef test_it(printed):\n"
        "    f()\n    assert printed.call_args_list == [mock.call('hello', 3)]",
    ),
    "patch of a module function": (
        "import random\ndef f(): return random.randint(1, 6) + random.randint(1, 6)",
        "from unittest.mock import patch\nwith patch('random.randint', side_effect=[2, 3]):\n    assert f() == 5",
    ),
    "patch of os.environ": (
        "import os\ndef f(): return os.environ.get('MODE', 'none')",
        "import os\nfrom unittest.mock import patch\nwith patch.dict(os.environ, {'MODE': 'fast'}):\n    assert f() == 'fast'\nassert f() == 'none'",
    ),
    "module replaced by the test": (
        "def f():\n    import requests_like\n    return requests_like.get('u').text",
        "import sys\nfrom unittest.mock import MagicMock, patch\nfake = MagicMock()\nfake.get.return_value.text = 'body'\n"
        "with patch.dict(sys.modules, {'requests_like': fake}):\n    assert f() == 'body'",
    ),
    "monkeypatch": (
        "import os\nLIMIT = 3\ndef f(): return LIMIT, os.getcwd()",
        "import solution\ndef test_it(monkeypatch):\n    monkeypatch.setattr(solution, 'LIMIT', 5)\n"
        "    monkeypatch.setattr('os.getcwd', lambda: '/here')\n    assert f() == (5, '/here')\n    assert LIMIT == 5 or True\n"
        "def test_after(): assert f()[0] == 3",
    ),
    "global of the program bound anew": (
        "count = 0\ndef bump():\n    global count\n    count += 1\n    return count",
        "import solution\nassert bump() == 1\nassert solution.count == 1\nsolution.count = 10\nassert bump() == 11",
    ),
    "global by sys.modules": (
        "mode = 'a'\ndef f(): return mode",
        "import sys, importlib\nsys.modules['solution'].mode = 'b'\nassert f() == 'b'\n"
        "assert importlib.import_module('solution').f is f\nfrom solution import *\nassert f() == 'b'",
    ),
    "mock as an argument": (
        "def notify(sender, to): return sender.send(to, subject='hi')",
        "from unittest.mock import Mock, ANY\nm = Mock()\nm.send.return_value = True\nassert notify(m, 'a') is True\n"
        "m.send.assert_called_once_with('a', subject=ANY)",
    ),
    "autospec": (
        "class Api:\n    def get(self, key, default=None): raise NotImplementedError\ndef f(api): return api.get('k')",
        "from unittest.mock import create_autospec\napi = create_autospec(Api)\napi.get.return_value = 3\n"
        "assert f(api) == 3\napi.get.assert_called_once_with('k')",
    ),
    "warnings": (
        "import warnings\ndef f():\n    warnings.warn('old', DeprecationWarning, stacklevel=2)\n    return 1",
        "import pytest, warnings\nwith pytest.warns(DeprecationWarning, match='old'):\n    assert f() == 1\n"
        "with warnings.catch_warnings(record=True) as seen:\n    warnings.simplefilter('always')\n    f()\nassert len(seen) == 1",
    ),
    "generators": (
        "def f(n):\n    got = yield n\n    while got:\n        got = yield got * 2\n    return 'end'",
        "import inspect, types\ng = f(1)\nassert isinstance(g, types.GeneratorType) and inspect.isgeneratorfunction(f)\n"
        "assert next(g) == 1\nassert g.send(5) == 10\ntry:\n    g.send(0)\nexcept StopIteration as end:\n    assert end.value == 'end'",
    ),
    "descriptors": (
        "class Positive:\n    def __set_name__(self, owner, name): self.name = '_' + name\n"
        "    def __get__(self, obj, kind=None): return self if obj is None else getattr(obj, self.name)\n"
        "    def __set__(self, obj, value):\n        if value < 0: raise ValueError('negative')\n        setattr(obj, self.name, value)\n"
        "class A:\n    n = Positive()\n    @property\n    def double(self): return self.n * 2",
        "import pytest\na = A()\na.n = 4\nassert a.n == 4 and a.double == 8 and isinstance(A.n, Positive)\nwith pytest.raises(ValueError):\n    a.n = -1",
    ),
    "pickle": (
        "class Node:\n    def __init__(self, v): self.v = v\n    def __eq__(self, o): return self.v == o.v",
        "import pickle\nassert pickle.loads(pickle.dumps(Node(3))) == Node(3)",
    ),
    "pickle of the test's class in the program": (
        "import pickle\ndef f(x): return pickle.loads(pickle.dumps(x))",
        "class Thing:\n    def __init__(self): self.v = 2\nassert f(Thing()).v == 2",
    ),
    "deepcopy": (
        "import copy\nclass Tree:\n    def __init__(self, kids=()): self.kids = list(kids)\n    def clone(self): return copy.deepcopy(self)",
        "import copy\nt = Tree([Tree()])\nc = t.clone()\nassert c is not t and c.kids[0] is not t.kids[0]\nassert len(copy.deepcopy(t).kids) == 1",
    ),
    "contextlib": (
        "from contextlib import contextmanager, suppress\nlog = []\n@contextmanager\ndef step(name):\n    log.append('+' + name)\n"
        "    try: yield name\n    finally: log.append('-' + name)",
        "from contextlib import ExitStack\nwith step('a') as name:\n    assert name == 'a'\nassert log == ['+a', '-a']\n"
        "with ExitStack() as stack:\n    stack.enter_context(step('b'))\nassert log[-1] == '-b'",
    ),
    "captured output": (
        "import sys\ndef f():\n    print('out')\n    print('err', file=sys.stderr)",
        "import io\nfrom contextlib import redirect_stdout, redirect_stderr\nout, err = io.StringIO(), io.StringIO()\n"
        "with redirect_stdout(out), redirect_stderr(err):\n    f()\nassert (out.getvalue(), err.getvalue()) == ('out\\n', 'err\\n')",
    ),
    "capsys": ("def f(): print('out')", "def test_it(capsys):\n    f()\n    assert capsys.readouterr().out == 'out\\n'"),
    "numpy": (
        "import numpy as np\ndef f(n): return np.arange(n).reshape(2, -1) * 2.0",
        "import numpy as np\nassert f(4).shape == (2, 2)\nnp.testing.assert_allclose(f(4), [[0, 2], [4, 6]])\n"
        "assert (f(4) == np.array([[0, 2], [4, 6]])).all()\nassert np.array_equal(f(2), [[0], [2]])",
    ),
    "numpy in a test case": (
        "import numpy as np\ndef f(a):\n    a += 1\n    return a.mean()",
        "import unittest, numpy as np\nfrom numpy.testing import assert_array_equal\nclass T(unittest.TestCase):\n    def test_it(self):\n"
        "        a = np.zeros(3)\n        self.assertAlmostEqual(f(a), 1.0)\n        assert_array_equal(a, np.ones(3))",
    ),
    "own number": (
        "class Money:\n    def __init__(self, n): self.n = n\n    def __eq__(self, o): return self.n == (o.n if isinstance(o, Money) else o)\n"
        "    def __lt__(self, o): return self.n < getattr(o, 'n', o)\n    def __add__(self, o): return Money(self.n + o.n)\n    def __contains__(self, x): return x in (1, 2)",
        "assert Money(2) + Money(3) == 5\nassert Money(2) < 3\nassert 2 in Money(0) and 3 not in Money(0)\nassert Money(2) != 3\nassert Money(3) == 3.0",
    ),
    "number modulo seven": (
        "class Mod:\n    def __init__(self, n): self.n = n % 7\n    def __eq__(self, o): return self.n == o % 7",
        "assert Mod(10) == 3\nassert Mod(10) == 17",
    ),
    "subclass of list": (
        "class Stack(list):\n    def push(self, x): self.append(x); return self\n    def __eq__(self, o): return list(self) == list(o)",
        "assert Stack().push(1).push(2) == [1, 2]\nassert len(Stack([1])) == 1\nassert [1] == Stack([1])",
    ),
    "abstract classes": (
        "from abc import ABC, abstractmethod\nimport collections.abc\nclass Shape(ABC):\n    @abstractmethod\n    def area(self): ...\n"
        "class Sq(Shape):\n    def area(self): return 4\nclass Seq(collections.abc.Sequence):\n    def __len__(self): return 2\n    def __getitem__(self, i): return [5, 6][i]",
        "import pytest, collections.abc\nassert Sq().area() == 4\nwith pytest.raises(TypeError):\n    Shape()\n"
        "assert isinstance(Seq(), collections.abc.Sequence) and 6 in Seq() and list(reversed(Seq())) == [6, 5]",
    ),
    "subclass in the test": (
        "class Base:\n    def run(self): return self.step() + 1\n    def step(self): raise NotImplementedError",
        "class Mine(Base):\n    def step(self): return super().__class__.__name__ and 1\nassert Mine().run() == 2\nassert Mine.__mro__[1] is Base",
    ),
    "class cells and metaclasses": (
        "class Meta(type):\n    made = []\n    def __new__(m, name, bases, ns):\n        m.made.append(name)\n        return super().__new__(m, name, bases, ns)\n"
        "class A(metaclass=Meta): pass\nclass Plugin:\n    known = {}\n    def __init_subclass__(cls): Plugin.known[cls.__name__] = cls",
        "class B(A): pass\nclass P(Plugin): pass\nassert Meta.made == ['A', 'B']\nassert Plugin.known == {'P': P}\nassert A.__subclasses__() == [B]",
    ),
    "decorators and caches": (
        "import functools\ndef twice(g):\n    @functools.wraps(g)\n    def inner(*a): return g(*a) * 2\n    return inner\n"
        "@twice\ndef f(x):\n    'doc'\n    return x\n@functools.lru_cache\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)",
        "assert f(2) == 4 and f.__name__ == 'f' and f.__doc__ == 'doc' and f.__wrapped__(2) == 2\nassert fib(30) == 832040\nassert fib.cache_info().misses == 31",
    ),
    "closures": (
        "def counter():\n    n = 0\n    def inc():\n        nonlocal n\n        n += 1\n        return n\n    return inc",
        "c = counter()\nassert [c(), c()] == [1, 2]\nassert c.__closure__[0].cell_contents == 2",
    ),
    "type hints": (
        "from typing import Optional, get_type_hints\ndef f(x: int, y: 'Optional[str]' = None) -> list[int]: return [x]",
        "import typing\nassert typing.get_type_hints(f)['return'] == list[int]\nassert typing.get_type_hints(f)['y'] == typing.Optional[str]",
    ),
    "parametrize": (
        F,
        "import pytest\n@pytest.mark.parametrize('x, y', [(1, 1), (2, 4)])\ndef test_it(x, y): assert f(x) == y\n"
        "@pytest.fixture\ndef three(): return 3\ndef test_fixture(three): assert f(three) == pytest.approx(9.0)",
    ),
    "subtests and set-up": (
        F,
        "import unittest\nclass T(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls): cls.xs = [1, 2]\n    def setUp(self): self.k = 2\n"
        "    def test_it(self):\n        for x in self.xs:\n            with self.subTest(x=x):\n                self.assertEqual(f(x), x ** self.k)\n"
        "    def assertSquare(self, a, b): self.assertTrue(a * a == b)\n    def test_own(self): self.assertSquare(3, f(3))\n"
        "    @unittest.skip('later')\n    def test_skipped(self): self.fail()\nif __name__ == '__main__':\n    unittest.main()",
    ),
    "all kinds of assertions": (
        F,
        "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertIn(f(2), [4])\n        self.assertIsInstance(f(2), int)\n"
        "        self.assertCountEqual([f(1), f(2)], [4, 1])\n        self.assertDictEqual({'a': f(1)}, {'a': 1})\n        self.assertRaises(TypeError, f)\n"
        "        with self.assertRaisesRegex(TypeError, 'str'): f('a')\n        self.assertRegex(str(f(2)), '4')\n        self.assertGreater(f(3), 8)\n        self.assertIsNone(None if f(1) else 1)",
    ),
    "lazy imports": (
        "def f(x):\n    import colorsys, fractions, json, string, sched, zipfile, xml.etree.ElementTree as ET\n"
        "    return ET.fromstring('<a>%d</a>' % x).text, json.dumps([str(fractions.Fraction(1, x))])",
        "assert f(3) == ('3', '[\"1/3\"]')",
    ),
    "code made at run time": (
        "def f(text): return eval(text, {'x': 2})\nnames = {}\nexec('def g(a): return a + 1', names)\ng = names['g']",
        "assert f('x + 1') == 3\nassert g(1) == 2\nassert callable(compile('1', 's', 'eval').co_positions)",
    ),
    "deep recursion": (
        "import sys\nsys.setrecursionlimit(20000)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)",
        "assert f(5000) == 5000\nimport pytest\nwith pytest.raises(RecursionError):\n    f(10 ** 6)",
    ),
    "weak references and finalizers": (
        "import weakref\nclass A: pass\nseen = []\ndef f():\n    a = A()\n    weakref.finalize(a, seen.append, 1)\n    r = weakref.ref(a)\n    del a\n    return r() is None, seen",
        "import gc\nr = f()\ngc.collect()\nassert r == (True, [1])",
    ),
    "signals": (
        "import signal\nseen = []\ndef f():\n    signal.signal(signal.SIGUSR1, lambda n, frame: seen.append(n))\n    signal.raise_signal(signal.SIGUSR1)\n    return seen",
        "import signal\nassert f() == [signal.SIGUSR1]",
    ),
    "statistics and decimals": (
        "import statistics, decimal, fractions\ndef f(xs): return statistics.mean(xs), decimal.Decimal('0.1') * 3, fractions.Fraction(1, 3)",
        "from decimal import Decimal\nfrom fractions import Fraction\nimport math\nm, d, q = f([1, 2, 3])\nassert m == 2 and d == Decimal('0.3') and q == Fraction(1, 3)\nassert math.isclose(q, 0.333333, rel_tol=1e-4)",
    ),
    "ctypes of an honest program": ("import platform, uuid\ndef f(): return len(str(uuid.uuid4())), bool(platform.python_version())", "assert f() == (36, True)"),
    "ANY in the place of an object with its own equality": (
        "class Own:\n    def __init__(self, x): self.x = x\n    def __eq__(self, other): return isinstance(other, Own) and self.x == other.x\ndef f(call): call(Own(3), 4)",
        "from unittest.mock import Mock, ANY, call\nm = Mock()\nf(m)\nm.assert_called_once_with(ANY, 4)\nassert m.call_args == call(ANY, 4)\nassert m.mock_calls == [call(ANY, 4)]\nm.assert_has_calls([call(ANY, 4)])\nassert m.call_args.args[0].x == 3",
    ),
    "check that an expected exception interrupts": (
        "def f(x):\n    if x < 0: raise ValueError('negative')\n    return x * x",
        "import pytest, unittest\nwith pytest.raises(ValueError):\n    assert f(-1) == 1\nclass T(unittest.TestCase):\n    def test_it(self):\n        with self.assertRaises(ValueError): self.assertEqual(f(-1), 1)\n        self.assertEqual(f(3), 9)",
    ),
    "failure that the test catches": (
        F,
        "import pytest\ntry: assert f(3) == 6\nexcept (KeyError, AssertionError): assert f(3) == 9\nwith pytest.raises(AssertionError): assert f(3) == 6\nassert f(2) == 4",
    ),
    "module by importlib": (
        "import importlib\ndef f(x): return importlib.import_module('math').gcd(x, 14)",
        "import importlib\nmath = importlib.import_module('math')\nassert f(7) == math.gcd(7, 14)\nmock = importlib.import_module('unittest.mock')\nassert mock.Mock(return_value=7)() == f(7)",
    ),
    "future that a callback sets, and tasks that are cancelled": (
        "import asyncio\nasync def f(x):\n    loop = asyncio.get_running_loop()\n    future = loop.create_future()\n    loop.call_later(0.001, future.set_result, x * x)\n    tasks = [asyncio.create_task(asyncio.sleep(9))]\n    result = await future\n    for task in tasks: task.cancel()\n    await asyncio.gather(*tasks, return_exceptions=True)\n    return result",
        "import asyncio\nassert asyncio.run(f(3)) == 9",
    ),
}  # fmt: skip
TOO_MUCH = {"name of the caller"}
"""Cases whose file has another module name in plain Python."""


@pytest.mark.parametrize("name", CASES)
def test_an_honest_program_passes(alone: Sandbox, name: str) -> None:
    program, code = CASES[name]
    test = TestCase.assertion(code, guarded=True)
    verdict = alone.judge(Problem(name, "", [test], limits=Limits(cpu_s=3.0)), program)
    assert verdict.passed, (verdict.tests[0].error, verdict.reason, verdict.tests[0].stderr)


@pytest.fixture(scope="module")
def alone() -> object:
    with Sandbox(workers=1) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_plain_python_passes_it_too(tmp_path: Path, name: str) -> None:
    program, code = CASES[name]
    (tmp_path / "solution.py").write_text(program + "\n")
    imports = "import solution as _s\nglobals().update({k: v for k, v in vars(_s).items() if k[:2] != '__'})\n"
    (tmp_path / "test_it.py").write_text(imports + code + "\n\ndef test_that_it_loads(): pass\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:rltf", "--rootdir=."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
