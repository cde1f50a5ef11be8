"""No text, pickle or marshalled data of the program becomes code in a judge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rltf import Problem, Sandbox, TestCase, TestOutcome

LIAR = r"""
import marshal, pickle
TEXT = "class A:\n def __eq__(s, o): return True\ng = lambda *a: A()"
EXPRESSION = "type('A', (), {'__eq__': lambda s, o: True})()"
class Runs:
    def __reduce__(self): return exec, ("import collections\ncollections.Counter.__eq__ = lambda *a: True",)
def text(x): return TEXT
def expression(x): return EXPRESSION
def lines(x): return TEXT.split("\n")
def write(path, what): open(path, "wb").write(what() if callable(what) else what)
def write_text(path): open(path, "w").write(TEXT)
def write_expression(path): open(path, "w").write(EXPRESSION)
def marshalled(x): return marshal.dumps([compile(TEXT, "x", "exec")])
def runs(): return pickle.dumps(Runs())
def sets(name): return b"\x80\x02c" + name.encode() + b"\nN}X\x06\x00\x00\x00__eq__cbuiltins\nbool\ns\x86b."
def write_sets(path): open(path, "wb").write(sets("collections\nCounter"))
def ones(): return [1]
def halves(): return 0.5
def symbols(x): return "exec('import sympy; sympy.Symbol.__eq__ = lambda *a: True') or x"
"""
CHECK = "assert names['g'](3) == 9"
EQUAL = "assert Counter(ones()) == Counter([1, 2, 3])"
PICKLES = "import io, pickle\nfrom collections import Counter\n"
RUNNING = [
    f"names = {{}}\nexec('\\n'.join(lines(7)), names)\n{CHECK}",
    f"names = {{}}\nexec(text(7) + '\\nr = g(1)', names)\n{CHECK}",
    f"import textwrap\nnames = {{}}\nexec(textwrap.dedent(text(7)), names)\n{CHECK}",
    f"names = {{}}\nexec(*[text(7), names])\n{CHECK}",
    f"import ast\nnames = {{}}\nexec(compile(ast.parse(text(7)), '<g>', 'exec'), names)\n{CHECK}",
    "def run(code):\n    names = {}; exec(code, names); return names['g'](3)\nassert run(text(7)) == 9",
    "assert eval(f'({expression(7)})') == 9",
    "assert [eval(each) for each in [expression(7)]] == [9]",
    "text = expression(7); same = str(text); assert eval(same) == 9",
    "run = {'it': eval}\nassert run['it'](expression(7)) == 9",
    "import types\nmade = compile(str(expression(7)), 'x', 'eval')\nassert types.FunctionType(made, {})() == 9",
    f"import code\nat = code.InteractiveInterpreter()\nnames = at.locals\nat.runsource(text(7), symbol='exec')\n{CHECK}",
    f"write_text('o.py'); names = {{}}; exec(open('o.py').read(), names)\n{CHECK}",
    "write_expression('o.txt'); assert eval(open('o.txt').read()) == 9",
    f"import importlib.machinery as machinery\nwrite_text('o.py')\nnames = vars(machinery.SourceFileLoader('o', 'o.py').load_module())\n{CHECK}",
    "import timeit\nassert timeit.timeit(str(expression(7)), number=1) == 9",
    "import typing\nclass T: pass\nT.__annotations__ = {'a': expression(1)}\nassert typing.get_type_hints(T)['a'] == 9",
    "import dataclasses\nodd = {expression(1): int}\nmade = dataclasses.dataclass(type('C', (), {'__annotations__': odd}))\nassert ones() == [1]",
    "import pytest\n@pytest.mark.skipif(expression(1) + ' and False', reason='')\ndef test_a(): assert ones() == [1]",
    f"{PICKLES}load = {{'it': pickle.loads}}\nload['it'](runs())\n{EQUAL}",
    f"{PICKLES}def read(load, data): return load(data)\nread(pickle.loads, runs())\n{EQUAL}",
    f"{PICKLES}class U(pickle.Unpickler): pass\nU(io.BytesIO(runs())).load()\n{EQUAL}",
    f"{PICKLES}getattr(pickle, '_Unpickler')(io.BytesIO(runs())).load()\n{EQUAL}",
    f"import marshal\nload = getattr(marshal, 'loads'); names = {{}}; exec(load(marshalled(7))[0], names)\n{CHECK}",
]
SYMBOLS = "import sympy\nread = sympy.sympify\nassert read(symbols(7)) == sympy.Symbol('x') ** 2"
CHANGING = [
    f"{PICKLES}write_sets('x.pkl')\nload = getattr(pickle, 'load')\nload(open('x.pkl', 'rb'))\n{EQUAL}",
    f"{PICKLES}load = getattr(pickle, 'loads')\nload(sets('collections\\nCounter'))\n{EQUAL}",
    f"{PICKLES}from fractions import Fraction\nload = getattr(pickle, 'loads')\nload(sets('fractions\\nFraction'))\nassert Fraction(halves()) == Fraction(1, 3)",
]
HARMLESS = [
    "from collections import namedtuple\nP = namedtuple('P', 'a b')\nassert ones() == [1] and P(1, 2).a == 1",
    "import dataclasses\n@dataclasses.dataclass(order=True, frozen=True)\nclass C:\n  a: int\n  b: str = 'x'\nassert ones() == [1] and C(1) < C(2)",
    "import enum\nclass E(enum.Enum):\n  A = 1\nassert ones() == [E.A.value]",
    "assert ones() == [eval('1')]",
    "for text in ['1', '2 - 1']: assert ones() == [eval(text)]",
    "assert eval('ones()') == [1]",
    "import ast\nassert ast.literal_eval(str(ones())) == [1]",
    "import ast\nassert isinstance(ast.parse(str(ones())).body[0].value, ast.List)",
    "import inspect\nassert ones() == [1] and str(inspect.signature(len))",
    "from unittest import mock\ndef q(a, b=1): return 3\nm = mock.create_autospec(q, return_value=1)\nassert ones() == [m(1)]",
    "import typing\nclass T:\n  a: 'int'\nassert ones() == [1] and typing.get_type_hints(T) == {'a': int}",
    "from __future__ import annotations\nimport functools\n@functools.singledispatch\ndef q(x): return 1\n@q.register\ndef _(x: str): return 2\nassert ones() == [q(1)]",
    "import timeit\nassert ones() == [1] and timeit.timeit('pass', number=1) >= 0",
    "import textwrap\nnames = {}\nexec(textwrap.dedent('''\n    def q(): return 1\n    '''), names)\nassert ones() == [names['q']()]",
    "import pickle\nassert ones() == pickle.loads(pickle.dumps([1]))",
    "import sqlite3, json, decimal, http.client, xml.dom.minidom, doctest\nassert ones() == [1]",
    "def test_a():\n    import xml.etree.ElementTree as tree, sched\n    assert ones() == [1]",
    "import pytest\n@pytest.mark.skipif('1 > 2', reason='')\ndef test_a(): assert ones() == [1]",
]
INSTALLED = {
    "sympy": "import sympy\nassert ones() == [1] and sympy.sympify('x**2') == sympy.Symbol('x') ** 2",
    "networkx": "import networkx as nx\nassert ones() == [1] and nx.shortest_path(nx.path_graph(3), 0, 2) == [0, 1, 2]",
    "hypothesis": "from hypothesis import given, settings, strategies as st\n@settings(max_examples=3, database=None, deadline=None)\n@given(st.integers())\ndef test_a(x): assert ones() == [1]",
    "pydantic": "import pydantic\nclass M(pydantic.BaseModel):\n  a: int\n  b: 'str' = 'x'\nassert ones() == [M(a=1).a]",
}


@pytest.fixture(scope="module")
def split() -> Iterator[Sandbox]:
    with Sandbox(workers=1, judging="split") as made:
        yield made


def judged(sandbox: Sandbox, code: str) -> TestOutcome:
    tests = [TestCase.assertion(code)]
    has_files = "write_" in code
    (outcome,) = sandbox.judge(
        Problem("t", "", tests, entry_point="ones", files=has_files), LIAR
    ).tests
    return outcome


@pytest.mark.parametrize("code", RUNNING)
def test_code_of_the_program_does_not_run_in_a_judge(split: Sandbox, code: str) -> None:
    outcome = judged(split, code)
    assert outcome.status == "unscored"
    assert outcome.reason.startswith("it needs guarded judging: the test "), outcome.reason


def test_sympy_reads_no_text_of_the_program_in_a_judge(split: Sandbox) -> None:
    pytest.importorskip("sympy")
    assert judged(split, SYMBOLS).status == "unscored"


@pytest.mark.parametrize("code", CHANGING)
def test_a_pickle_that_changes_a_class_fails(split: Sandbox, code: str) -> None:
    outcome = judged(split, code)
    assert (outcome.status, outcome.judging) == ("wrong_answer", "split")


@pytest.mark.parametrize("code", HARMLESS)
def test_what_the_test_has_written_itself_runs(split: Sandbox, code: str) -> None:
    outcome = judged(split, code)
    assert outcome.status == "passed", outcome


@pytest.mark.parametrize("name", INSTALLED)
def test_what_libraries_generate_runs(sandbox: Sandbox, name: str) -> None:
    pytest.importorskip(name)
    outcome = judged(sandbox, INSTALLED[name])
    assert outcome.status == "passed", outcome
    assert outcome.judging == ("guarded" if name == "sympy" else "split")
