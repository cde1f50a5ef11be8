"""Tests as people write them, and the mode that each is judged in. All are for one program.

Each row is the code of a test. The right program passes it and the wrong one fails it, in plain CPython
or, for code that pytest collects, in pytest.
"""

from __future__ import annotations

RIGHT = '''
"""A small shop."""
import functools
import json
import logging
import math
import os
import random
import sys
import time
import warnings
from datetime import datetime

RATE = 2
CONFIG = {"unit": "kg"}
HISTORY = []
count = 0

def helper(x):
    """Scale it."""
    return x * RATE

def f(x):
    if x < 0:
        raise ValueError("negative: %d" % x)
    return helper(x) + 1

def increment():
    global count
    count += 1
    return count

def describe(x):
    print(f"{x} {CONFIG['unit']}")

def record(x):
    HISTORY.append(x)
    return len(HISTORY)

def read_number():
    return int(input("number? ")) + 1

def roll():
    return 10 + random.randint(1, 6)

def year():
    return datetime.now().year

def shop_name():
    return os.environ.get("SHOP_NAME", "none") + "!"

def log_it(x):
    logging.getLogger("shop").warning("got %s", x + 1)

def warn_it(x):
    warnings.warn("old", DeprecationWarning)
    return x + 1

def age(start):
    return time.time() - start + 1

def area(r):
    return round(math.pi * r ** 2, 2)

def apply(function, *items):
    return [function(item) for item in items]

def here():
    return os.getcwd().rpartition("/")[2] + "!"

def save(path, text):
    with open(path, "w") as file:
        file.write(text + "!")

@functools.lru_cache
def cached(x):
    return helper(x)

class Stack:
    limit = 3
    def __init__(self):
        self.items = []
    def push(self, item):
        if len(self.items) >= self.limit:
            raise OverflowError("full")
        self.items.append(item)
    def pop(self):
        return self.items.pop()
    def size(self):
        return len(self.items) + self._extra()
    def _extra(self):
        return 0
    def __len__(self):
        return len(self.items)
'''
WRONG = (
    RIGHT.replace("helper(x) + 1", "helper(x) + 2")
    .replace("count += 1", "count += 2")
    .replace("{x} {CONFIG['unit']}", "{x}{CONFIG['unit']}")
    .replace("return len(HISTORY)", "return len(HISTORY) + 1")
    .replace('")) + 1', '")) + 2')
    .replace("10 + random", "11 + random")
    .replace("datetime.now().year", "datetime.now().year + 1")
    .replace('"none") + "!"', '"none") + "?"')
    .replace("x + 1)", "x + 2)")
    .replace("    return x + 1\n", "    return x + 2\n")
    .replace("start + 1", "start + 2")
    .replace("math.pi * r", "math.e * r")
    .replace("function(item) for", "function(item) + 1 for")
    .replace('[2] + "!"', '[2] + "?"')
    .replace('text + "!"', 'text + "?"')
    .replace("    return helper(x)\n", "    return helper(x) + 1\n")
    .replace(">= self.limit", "> self.limit")
    .replace("items.pop()", "items.pop(0)")
    .replace("len(self.items) + self._extra()", "len(self.items) + self._extra() + 1")
    .replace("        return len(self.items)\n", "        return len(self.items) + 1\n")
    .replace("Scale it", "Scale")
    .replace('"negative: %d" % x', '"negative"')
)

SPLIT = {
    "asserts": "assert f(3) == 7\nassert f(4) == 9 and f(0) == 1",
    "table": "for x, y in [(1, 3), (2, 5)]:\n    assert f(x) == y",
    "own_patch": "import solution\nfrom unittest.mock import patch\nclass Own:\n    def get(self): return 3\ndef test_it():\n    with patch.object(Own, 'get', return_value=4):\n        assert solution.f(Own().get()) == 9",
    "own_module_patch": "import sys\nfrom unittest.mock import patch\nfrom solution import f\ndef own(): return 3\ndef test_it():\n    with patch(f'{__name__}.own', return_value=4):\n        assert f(own()) == 9",
    "own_attribute": "from solution import f\nclass Own: pass\ndef test_it():\n    Own.x = 3\n    assert f(Own.x) == 7",
    "own_monkeypatch": "from solution import f\nclass Own:\n    x = 1\ndef test_it(monkeypatch):\n    monkeypatch.setattr(Own, 'x', 3)\n    assert f(Own.x) == 7",
    "own_monkeypatch_items": "from solution import f\ntable = {'a': 1}\ndef test_it(monkeypatch):\n    monkeypatch.setitem(table, 'a', 3)\n    assert f(table['a']) == 7",
    "own_source": "import inspect\nfrom solution import f\ndef own(): return 3\ndef test_it():\n    assert 'return 3' in inspect.getsource(own) and f(own()) == 7",
    "own_globals": "x = 3\ndef test_it():\n    from solution import f\n    assert f(globals()['x']) == 7",
    "own_global": "x = 1\ndef change():\n    global x\n    x = 3\ndef test_it():\n    from solution import f\n    change()\n    assert f(x) == 7",
    "raises": "import pytest\nfrom solution import f\ndef test_it():\n    with pytest.raises(ValueError, match=r'^negative: -\\d$') as info:\n        f(-1)\n    assert info.type is ValueError and str(info.value) == 'negative: -1'",
    "approx": "from pytest import approx\nfrom solution import area\ndef test_it():\n    assert area(2) == approx(12.566, abs=0.01)\n    assert [area(1)] == approx([3.14])",
    "approx_dict": "import pytest\nimport solution\ndef test_it():\n    assert {'a': solution.area(1)} == pytest.approx({'a': 3.14})",
    "parametrize": "import pytest\nfrom solution import f\n@pytest.mark.parametrize('x, y', [(1, 3), pytest.param(2, 5, id='two')])\ndef test_it(x, y):\n    assert f(x) == y",
    "skip": "import pytest\nfrom solution import f\n@pytest.mark.skip(reason='later')\ndef test_no(): assert f(1) == 0\ndef test_it(): assert f(3) == 7",
    "xfail": "import pytest\nfrom solution import f\n@pytest.mark.xfail(strict=True)\ndef test_no(): assert f(1) == 0\ndef test_it(): assert f(3) == 7",
    "unittest": "import unittest\nfrom solution import Stack\nclass TestStack(unittest.TestCase):\n    def setUp(self):\n        self.stack = Stack()\n    def test_it(self):\n        self.stack.push(1)\n        self.stack.push(2)\n        self.assertEqual(self.stack.pop(), 2)\n        with self.assertRaises(OverflowError):\n            for x in range(9): self.stack.push(x)",
    "callback": "from solution import apply\ndef test_it():\n    assert apply(lambda x: x + 1, 1, 2) == [2, 3]",
    "own_setattr": "from solution import f\nclass Own: pass\ndef test_it():\n    own = Own()\n    setattr(own, 'x', 3)\n    assert f(own.x) == 7",
    "request": "import pytest\nfrom solution import f\n@pytest.fixture(params=[1, 2])\ndef x(request): return request.param\ndef test_it(x): assert f(x) == 2 * x + 1",
    "own_list": "from solution import f\nresults = []\ndef test_it():\n    results.append(f(3))\n    results.clear()\n    results.append(f(4))\n    assert results == [9]",
    "mock_of_own": "from unittest.mock import MagicMock\nfrom solution import f\ndef test_it():\n    source = MagicMock(return_value=3)\n    assert f(source()) == 7\n    source.assert_called_once_with()",
    "patch_dict": "from unittest.mock import patch\nimport contextlib, io, solution\ndef test_it():\n    out = io.StringIO()\n    with patch.dict(solution.CONFIG, unit='lb'), contextlib.redirect_stdout(out):\n        solution.describe(3)\n    assert out.getvalue() == '3 lb\\n'",
    "patch_dict_text": "from unittest.mock import patch\nimport contextlib, io, solution\ndef test_it():\n    out = io.StringIO()\n    with patch.dict('solution.CONFIG', {'unit': 'lb'}), contextlib.redirect_stdout(out):\n        solution.describe(3)\n    assert out.getvalue() == '3 lb\\n'",
    "patch_method": "from unittest.mock import patch\nfrom solution import Stack\ndef test_it():\n    with patch.object(Stack, '_extra', return_value=5):\n        assert Stack().size() == 5",
    "patch_method_text": "from unittest.mock import patch\nfrom solution import Stack\n@patch('solution.Stack._extra', return_value=5)\ndef test_it(fake):\n    assert Stack().size() == 5",
    "class_attribute": "from solution import Stack\ndef test_it():\n    Stack.limit = 1\n    stack = Stack()\n    stack.push(1)\n    try:\n        stack.push(2)\n    except OverflowError:\n        pass\n    else:\n        assert False",
    "monkeypatch_item": "import solution\ndef test_it(monkeypatch, capsys):\n    monkeypatch.setitem(solution.CONFIG, 'unit', 'lb')\n    solution.describe(3)\n    assert capsys.readouterr().out == '3 lb\\n'",
    "change_global": "import contextlib, io\nfrom solution import CONFIG, describe\ndef test_it():\n    CONFIG['unit'] = 'lb'\n    out = io.StringIO()\n    with contextlib.redirect_stdout(out):\n        describe(3)\n    assert out.getvalue() == '3 lb\\n'",
    "clear_global": "import solution\ndef test_it():\n    solution.record(1)\n    solution.HISTORY.clear()\n    assert solution.record(2) == 1",
    "clear_global_name": "record(1)\nHISTORY.clear()\nassert record(2) == 1",
    "change_kept": "from solution import Stack\ndef test_it():\n    stack = Stack()\n    stack.items.append(1)\n    stack.items.append(2)\n    assert stack.pop() == 2",
    "change_kept_by_self": "import unittest\nfrom solution import Stack\nclass TestStack(unittest.TestCase):\n    def setUp(self):\n        self.stack = Stack()\n    def test_it(self):\n        self.stack.items += [1, 2]\n        self.stack.items[1] = 3\n        self.assertEqual(self.stack.pop(), 3)",
    "wrapped": "from solution import cached\ndef test_it():\n    assert cached.__wrapped__(3) == 6",
}  # fmt: skip
"""Judged split."""

GUARDED = {
    "patch_text": "from unittest.mock import patch\nfrom solution import f\n@patch('solution.helper', return_value=10)\ndef test_it(fake):\n    assert f(3) == 11\n    fake.assert_called_once_with(3)",
    "patch_alias": "import unittest.mock as m\nfrom solution import f\ndef test_it():\n    with m.patch('solution.helper', lambda x: 10):\n        assert f(3) == 11",
    "patch_module": "from unittest import mock\nfrom solution import f\ndef test_it():\n    with mock.patch('solution.RATE', 5):\n        assert f(3) == 16",
    "patch_assigned": "import unittest.mock\nfrom solution import f\npatch = unittest.mock.patch\ndef test_it():\n    with patch('solution.RATE', 5):\n        assert f(3) == 16",
    "patch_object": "from unittest.mock import patch\nimport solution\ndef test_it():\n    with patch.object(solution, 'helper', return_value=10):\n        assert solution.f(3) == 11",
    "patch_object_alias": "from unittest.mock import patch\nimport solution as s\n@patch.object(s, 'helper')\ndef test_it(fake):\n    fake.return_value = 10\n    assert s.f(3) == 11",
    "patch_multiple": "from unittest.mock import patch\nimport solution\ndef test_it():\n    with patch.multiple('solution', RATE=5, helper=lambda x: x * 3):\n        assert solution.f(3) == 10",
    "patch_multiple_object": "from unittest.mock import patch, DEFAULT\nimport solution\ndef test_it():\n    with patch.multiple(solution, helper=DEFAULT) as fakes:\n        fakes['helper'].return_value = 10\n        assert solution.f(3) == 11",
    "patch_imported": "from unittest.mock import patch\nfrom solution import age\n@patch('solution.time.time', return_value=110)\ndef test_it(fake):\n    assert age(100) == 11",
    "patch_imported_name": "from unittest.mock import patch\nfrom solution import year\ndef test_it():\n    with patch('solution.datetime') as fake:\n        fake.now.return_value.year = 1999\n        assert year() == 1999",
    "patch_what_the_test_imports_too": "from datetime import datetime\nfrom unittest.mock import patch\nimport solution\ndef test_it():\n    with patch('solution.datetime') as fake:\n        fake.now.return_value = datetime(1999, 1, 1)\n        assert solution.year() == 1999",
    "metaclass": "from solution import Stack, f\ndef test_it():\n    assert type(Stack) is type and f(3) == 7",
    "patch_start": "from unittest import TestCase\nfrom unittest.mock import patch\nfrom solution import f\nclass TestF(TestCase):\n    def setUp(self):\n        patcher = patch('solution.helper', return_value=10)\n        self.fake = patcher.start()\n        self.addCleanup(patcher.stop)\n    def test_it(self):\n        self.assertEqual(f(3), 11)",
    "patch_class_decorator": "import unittest\nfrom unittest.mock import patch\nfrom solution import f\n@patch('solution.helper', return_value=10)\nclass TestF(unittest.TestCase):\n    def test_it(self, fake):\n        self.assertEqual(f(3), 11)",
    "patch_f_string": "from unittest.mock import patch\nimport solution\ndef test_it():\n    with patch(f'{solution.__name__}.helper', return_value=10):\n        assert solution.f(3) == 11",
    "patch_module_name": "from unittest.mock import patch\nfrom solution import f\ndef test_it():\n    with patch(f.__module__ + '.helper', return_value=10):\n        assert f(3) == 11",
    "patch_here": "from unittest.mock import patch\nwith patch(f'{__name__}.helper', return_value=10):\n    assert f(3) == 11",
    "patch_here_object": "import sys\nfrom unittest.mock import patch\nwith patch.object(sys.modules[__name__], 'helper', return_value=10):\n    assert f(3) == 11",
    "set_attribute": "import solution\ndef test_it():\n    solution.RATE = 5\n    assert solution.f(3) == 16",
    "set_attributes": "import solution as s\ndef test_it():\n    s.RATE, other = 5, 1\n    assert s.f(3) == 16",
    "setattr": "import solution\ndef test_it():\n    setattr(solution, 'RATE', 5)\n    assert solution.f(3) == 16",
    "add_to_attribute": "import solution\ndef test_it():\n    solution.RATE += 3\n    assert solution.f(3) == 16",
    "delete_attribute": "import solution\ndef test_it():\n    assert solution.f(3) == 7\n    del solution.helper\n    try:\n        solution.f(3)\n    except NameError:\n        pass\n    else:\n        assert False",
    "monkeypatch": "import solution\ndef test_it(monkeypatch):\n    monkeypatch.setattr(solution, 'helper', lambda x: 10)\n    assert solution.f(3) == 11",
    "monkeypatch_text": "import solution\ndef test_it(monkeypatch):\n    monkeypatch.setattr('solution.helper', lambda x: 10)\n    assert solution.f(3) == 11",
    "monkeypatch_context": "import solution\ndef test_it(monkeypatch):\n    with monkeypatch.context() as m:\n        m.setattr(solution, 'RATE', 5)\n        assert solution.f(3) == 16\n    assert solution.f(3) == 7",
    "monkeypatch_own": "import pytest, solution\ndef test_it():\n    patch = pytest.MonkeyPatch()\n    patch.setattr(solution, 'RATE', 5)\n    assert solution.f(3) == 16\n    patch.undo()",
    "monkeypatch_fixture": "import pytest, solution\n@pytest.fixture(autouse=True)\ndef rate(monkeypatch):\n    monkeypatch.setattr(solution, 'RATE', 5)\ndef test_it():\n    assert solution.f(3) == 16",
    "monkeypatch_delattr": "import pytest, solution\ndef test_it(monkeypatch):\n    assert solution.f(3) == 7\n    monkeypatch.delattr(solution, 'helper')\n    with pytest.raises(NameError):\n        solution.f(3)",
    "getsource": "import inspect\nfrom solution import f\ndef test_it():\n    assert 'helper(x) + 1' in inspect.getsource(f)",
    "getsource_alias": "from inspect import getsource as source\nimport solution\ndef test_it():\n    assert 'count += 1' in source(solution.increment)",
    "getsource_module": "import ast, inspect, solution\ndef test_it():\n    tree = ast.parse(inspect.getsource(solution))\n    assert 'count += 1' in ast.unparse(tree)",
    "function_globals": "from solution import f\ndef test_it():\n    f.__globals__['RATE'] = 5\n    assert f(3) == 16",
    "code": "from solution import f\ndef test_it():\n    assert f.__code__.co_argcount == 1 and 1 in f.__code__.co_consts and f(3) == 7",
    "getattr_code": "from solution import f\ndef test_it():\n    assert getattr(f, '__code__').co_argcount == 1 and f(3) == 7",
    "sys_modules": "import sys\nfrom solution import f\ndef test_it():\n    sys.modules['solution'].RATE = 5\n    assert f(3) == 16",
    "sys_modules_alias": "import sys\nfrom solution import f\nprogram = sys.modules[f.__module__]\ndef test_it():\n    program.RATE = 5\n    assert f(3) == 16",
    "import_module": "import importlib\nprogram = importlib.import_module('solution')\ndef test_it():\n    program.RATE = 5\n    assert program.f(3) == 16",
    "reload": "import importlib, solution\ndef test_it():\n    solution.increment()\n    importlib.reload(solution)\n    assert solution.increment() == 1",
    "import_again": "import importlib, sys\ndef test_it():\n    import solution\n    solution.increment()\n    sys.modules.pop('solution')\n    import solution\n    assert solution.increment() == 1",
    "delete_module": "import sys\ndef test_it():\n    import solution\n    solution.increment()\n    del sys.modules['solution']\n    assert __import__('solution').increment() == 1",
    "vars_of_module": "import solution\ndef test_it():\n    vars(solution)['RATE'] = 5\n    assert solution.f(3) == 16",
    "rebind_global": "def rebind():\n    global RATE\n    RATE = 5\nrebind()\nassert f(3) == 16",
    "rebind_by_globals": "globals()['RATE'] = 5\nassert f(3) == 16",
    "recursion_limit": "import sys\nfrom solution import f\nsys.setrecursionlimit(3000)\ndef test_it():\n    assert f(3) == 7",
    "weakref": "import gc, weakref\nfrom solution import Stack\ndef test_it():\n    stack = Stack()\n    stack.push(1)\n    stack.push(2)\n    assert stack.pop() == 2\n    seen = weakref.ref(stack)\n    del stack\n    gc.collect()\n    assert seen() is None",
    "traceback": "import traceback\nfrom solution import f\ndef test_it():\n    try:\n        f(-1)\n    except ValueError:\n        text = traceback.format_exc()\n    assert 'negative: -1' in text and 'solution.py' in text",
    "mock_helper_in_setup_class": "from unittest import mock, TestCase\nimport solution\nclass TestF(TestCase):\n    @classmethod\n    def setUpClass(cls):\n        cls.old, solution.helper = solution.helper, lambda x: 10\n    @classmethod\n    def tearDownClass(cls):\n        solution.helper = cls.old\n    def test_it(self):\n        self.assertEqual(solution.f(3), 11)",
    "patch_property": "from unittest.mock import patch, PropertyMock\nfrom solution import Stack\ndef test_it():\n    with patch.object(Stack, 'limit', new_callable=PropertyMock, return_value=1):\n        stack = Stack()\n        stack.push(1)\n        try:\n            stack.push(2)\n        except OverflowError:\n            pass\n        else:\n            assert False",
    "patch_special": "from unittest.mock import patch\nfrom solution import Stack\ndef test_it():\n    with patch.object(Stack, '__init__', lambda self: setattr(self, 'items', [1, 2])):\n        assert Stack().pop() == 2",
    "set_imported": "import solution, time\ndef test_it():\n    before, solution.time.time = time.time, lambda: 110\n    try:\n        assert solution.age(100) == 11\n    finally:\n        time.time = before",
    "mock_of_class": "from unittest.mock import MagicMock\nfrom solution import Stack\ndef test_it():\n    fake = MagicMock(spec=Stack)\n    fake.pop.return_value = 3\n    stack = Stack()\n    stack.push(1)\n    stack.push(2)\n    assert isinstance(fake, Stack) and fake.pop() == stack.pop() + 1",
    "dict_of_module": "import solution\ndef test_it():\n    solution.__dict__['RATE'] = 5\n    assert solution.f(3) == 16",
}  # fmt: skip
"""Need the program in their own process."""

JUDGED = {
    "capsys": "from solution import describe\ndef test_it(capsys):\n    describe(3)\n    assert capsys.readouterr().out == '3 kg\\n'",
    "capsys_disabled": "from solution import describe\ndef test_it(capsys):\n    describe(3)\n    with capsys.disabled():\n        describe(4)\n    out, err = capsys.readouterr()\n    assert (out, err) == ('3 kg\\n', '')",
    "capfd": "from solution import describe\ndef test_it(capfd):\n    describe(3)\n    assert capfd.readouterr().out == '3 kg\\n'",
    "caplog": "from solution import log_it\ndef test_it(caplog):\n    log_it(3)\n    assert caplog.messages == ['got 4']\n    assert caplog.records[0].levelname == 'WARNING' and caplog.text.endswith('got 4\\n')",
    "caplog_level": "import logging\nfrom solution import log_it\ndef test_it(caplog):\n    with caplog.at_level(logging.ERROR, logger='shop'):\n        log_it(3)\n    assert not caplog.records\n    log_it(4)\n    assert caplog.record_tuples == [('shop', logging.WARNING, 'got 5')]\n    caplog.clear()\n    assert caplog.text == ''",
    "recwarn": "from solution import warn_it\ndef test_it(recwarn):\n    assert warn_it(3) == 4\n    assert len(recwarn) == 1 and recwarn.pop(DeprecationWarning)",
    "warns": "import pytest\nfrom solution import warn_it\ndef test_it():\n    with pytest.warns(DeprecationWarning, match='old'):\n        assert warn_it(3) == 4",
    "assert_logs": "import unittest\nfrom solution import log_it\nclass TestLog(unittest.TestCase):\n    def test_it(self):\n        with self.assertLogs('shop', 'WARNING') as logs:\n            log_it(3)\n        self.assertEqual(logs.output, ['WARNING:shop:got 4'])",
    "redirect_stdout": "import contextlib, io\nfrom solution import describe\ndef test_it():\n    out = io.StringIO()\n    with contextlib.redirect_stdout(out):\n        describe(3)\n    assert out.getvalue() == '3 kg\\n'",
    "stdin": "import io, sys\nfrom solution import read_number\ndef test_it(monkeypatch):\n    monkeypatch.setattr('sys.stdin', io.StringIO('4'))\n    assert read_number() == 5",
    "patch_input": "from unittest.mock import patch\nfrom solution import read_number\n@patch('builtins.input', return_value='4')\ndef test_it(fake):\n    assert read_number() == 5",
    "monkeypatch_input": "from solution import read_number\ndef test_it(monkeypatch):\n    monkeypatch.setattr('builtins.input', lambda prompt: '4')\n    assert read_number() == 5",
    "patch_random": "from unittest.mock import patch\nfrom solution import roll\n@patch('random.randint', return_value=3)\ndef test_it(fake):\n    assert roll() == 13",
    "patch_time": "import time\nfrom unittest.mock import patch\nfrom solution import age\ndef test_it():\n    with patch.object(time, 'time', return_value=110):\n        assert age(100) == 11",
    "environ": "import os\nfrom unittest.mock import patch\nfrom solution import shop_name\ndef test_it():\n    with patch.dict(os.environ, {'SHOP_NAME': 'x'}):\n        assert shop_name() == 'x!'",
    "setenv": "from solution import shop_name\ndef test_it(monkeypatch):\n    monkeypatch.setenv('SHOP_NAME', 'x')\n    assert shop_name() == 'x!'\n    monkeypatch.delenv('SHOP_NAME')\n    assert shop_name() == 'none!'",
    "monkeypatch_module_function": "import random, solution\ndef test_it(monkeypatch):\n    monkeypatch.setattr(random, 'randint', lambda a, b: 3)\n    assert solution.roll() == 13",
    "syspath": "import sys, solution\ndef test_it(monkeypatch):\n    monkeypatch.syspath_prepend('/nowhere')\n    assert sys.path[0] == '/nowhere' and solution.f(3) == 7",
    "chdir": "from solution import here\ndef test_it(monkeypatch, tmp_path):\n    monkeypatch.chdir(tmp_path)\n    assert here() == tmp_path.name + '!'",
    "own_subclass": "from solution import Stack\nclass Loud(Stack):\n    def _extra(self): return 5\ndef test_it():\n    assert Loud().size() == 5",
    "mock_argument": "from unittest.mock import MagicMock\nfrom solution import apply\ndef test_it():\n    double = MagicMock(side_effect=lambda x: x * 2)\n    assert apply(double, 1, 2) == [2, 4]\n    assert double.call_count == 2",
    "own_object": "from solution import apply\nclass Own:\n    def __init__(self, x): self.x = x\ndef test_it():\n    assert apply(lambda own: own.x, Own(1), Own(2)) == [1, 2]",
    "usefixtures": "import pytest, solution\n@pytest.fixture\ndef named(monkeypatch):\n    monkeypatch.setenv('SHOP_NAME', 'x')\n@pytest.mark.usefixtures('named')\ndef test_it():\n    assert solution.shop_name() == 'x!'",
    "request_marks": "import pytest\nfrom solution import f\n@pytest.fixture\ndef x(request): return request.node.get_closest_marker('value').args[0]\n@pytest.mark.value(3)\ndef test_it(x):\n    assert f(x) == 7",
    "request_node": "from solution import f\ndef test_it(request):\n    assert request.node.name == 'test_it' and f(3) == 7",
    "tmp_path": "from solution import save\ndef test_it(tmp_path):\n    save(tmp_path / 'a', 'x')\n    assert (tmp_path / 'a').read_text() == 'x!'",
    "tmpdir": "from solution import save\ndef test_it(tmpdir):\n    save(str(tmpdir.join('a')), 'x')\n    assert tmpdir.join('a').read() == 'x!'",
    "tmp_path_factory": "from solution import save\ndef test_it(tmp_path_factory):\n    path = tmp_path_factory.mktemp('data') / 'a'\n    save(path, 'x')\n    assert path.read_text() == 'x!'",
    "tempfile": "import os, tempfile\nfrom solution import save\ndef test_it():\n    with tempfile.TemporaryDirectory() as folder:\n        save(os.path.join(folder, 'a'), 'x')\n        assert open(os.path.join(folder, 'a')).read() == 'x!'",
}  # fmt: skip
"""Judged in one of the two modes: which of them depends on what splitting can do."""

UNSCORED = {
    "process": ("import subprocess\nfrom solution import f\ndef test_it():\n    subprocess.run(['true'], check=True)\n    assert f(3) == 7", "the test starts processes (`subprocess.run`)"),
    "doctest": ("import doctest, solution\nfrom solution import f\ndef test_it():\n    assert doctest.testmod(solution).failed == 0 and f(3) == 7", "the test traces the program or looks for objects (`doctest.testmod`)"),
    "process_alias": ("from os import system as run\nfrom solution import f\ndef test_it():\n    assert run('true') == 0 and f(3) == 7", "the test starts processes (`os.system`)"),
    "network": ("import urllib.request\nfrom solution import f\ndef test_it():\n    assert f(len(urllib.request.urlopen('http://localhost').read())) == 7", "the test uses the network (`urllib.request.urlopen`)"),
    "missing_module": ("import no_such_module\nfrom solution import f\ndef test_it(): assert f(3) == 7", "the test imports no_such_module, which is not installed"),
    "missing_module_inside": ("from solution import f\ndef test_it():\n    from no_such_module.part import thing\n    assert f(3) == 7", "the test imports no_such_module, which is not installed"),
}  # fmt: skip
"""Judged in no mode, and the beginning of the reason."""
