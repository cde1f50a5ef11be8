"""What a program does to a test's objects, and what its own objects say, is no false pass."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest

from rltf import Problem, Sandbox, TestCase, Verdict

ORACLE = """
from solution import f
class Oracle:
    def __init__(self): self.check = lambda x: x == 42
    def verify(self, x): return x == 42
o = Oracle()
r = f(o)
assert o.{}(r)
"""
# A program, and what it does to an object of the test.
REPLACED = {
    "in __dict__": "f.d = o.__dict__; f.d['{0}'] = lambda x: True",
    "in the copy of __dict__": "f.d = d = o.__dict__; dict.update(d, {0}=lambda x: True)",
    "with vars": "vars(o).update({0}=lambda x: True)",
    "as an attribute": "o.{0} = lambda x: True",
}
SAYS_YES = "def yes(*others): return True\n"
PREDICATES = ("startswith", "isdigit", "endswith", "issubset", "isdisjoint", "is_integer", "equals")
# What a program returns that says yes to all.
YES = {
    "an object": "class A:\n    {0} = yes\ndef f(x): return A()",
    "an attribute": "class A: pass\ndef f(x):\n    a = A(); a.{0} = yes\n    return a",
    "a text": "class A(str):\n    {0} = yes\ndef f(x): return A()",
    "a list": "class A(list):\n    {0} = yes\ndef f(x): return A()",
    "a class": "class A:\n    {0} = staticmethod(yes)\ndef f(x): return A",
    "a function": "def g(x): pass\ng.{0} = yes\ndef f(x): return g",
    "an exception": "class A(Exception):\n    {0} = yes\ndef f(x): return A()",
}
TWO_VIEWS = """
from solution import f, g
a = f(1).reshape(2, 2)
b = f(2).reshape(2, 2)
assert g(a, b) == 5
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1, judging="split") as made:
        yield made


def judged(sandbox: Sandbox, program: str, test: str) -> Verdict:
    problem = Problem("t", "", [TestCase.assertion(textwrap.dedent(test))])
    verdict = sandbox.judge(problem, textwrap.dedent(program))
    assert verdict.judging == "split", verdict
    return verdict


@pytest.mark.parametrize("name", ["verify", "check"])
@pytest.mark.parametrize("how", REPLACED.values(), ids=REPLACED)
def test_a_program_cannot_replace_what_a_test_calls(sandbox: Sandbox, how: str, name: str) -> None:
    program = f"def f(o):\n    {how.format(name)}\n    return 0"
    verdict = judged(sandbox, program, ORACLE.format(name))
    assert verdict.status in ("wrong_answer", "runtime_error"), verdict


def test_a_program_changes_attributes_through_the_dict_of_a_tests_object(sandbox: Sandbox) -> None:
    program = """
    def f(o):
        d = o.__dict__
        d['x'] = 1
        vars(o).update(y=2, z=3)
        assert d.pop('gone') == 0 and 'gone' not in o.__dict__ and d.setdefault('x', 7) == 1
        del o.__dict__['z']
        return sorted(vars(o))
    """
    test = """
    from solution import f
    class Thing: pass
    thing = Thing()
    thing.gone = 0
    assert f(thing) == ['x', 'y'] and vars(thing) == {'x': 1, 'y': 2}
    """
    assert judged(sandbox, program, test).status == "passed"


@pytest.mark.parametrize("name", PREDICATES)
@pytest.mark.parametrize("program", YES.values(), ids=YES)
def test_a_predicate_of_data_is_not_the_programs_to_answer(
    sandbox: Sandbox, program: str, name: str
) -> None:
    test = f"from solution import f\nassert f(3).{name}((1,))"
    verdict = judged(sandbox, SAYS_YES + program.format(name), test)
    assert verdict.status in ("wrong_answer", "runtime_error"), verdict


def test_numpy_does_not_take_the_programs_word_for_all(sandbox: Sandbox) -> None:
    program = SAYS_YES + "class A:\n    def all(self, **how): return True\ndef f(x): return A()"
    for check in ("f(3).all()", "np.all(f(3))"):
        test = f"import numpy as np\nfrom solution import f\nassert {check}"
        assert judged(sandbox, program, test).status in ("wrong_answer", "runtime_error")


PROGRAM_OF_SETS = """
class Bag:
    def __init__(self, *items): self.items = set(items)
    def issubset(self, other): return self.items <= getattr(other, 'items', other)
    def all(self): return sorted(self.items)
class Word(str):
    def startswith(self, x): return True
def f(*items): return Bag(*items)
def word(x): return Word(x)
"""


@pytest.mark.parametrize(
    "test",
    [
        "from solution import f\nassert f(1).issubset(f(1, 2)) and not f(3).issubset(f(1))",
        "from solution import Bag\nassert Bag(1).issubset({1, 2}) and Bag(2, 1).all() == [1, 2]",
        "from solution import word\nw = word('ab')\nassert w.startswith('a') and w.islower()",
        "from solution import word\nassert not word('ab').startswith('b')",
    ],
)
def test_predicates_of_a_named_class_and_among_objects_are_told(
    sandbox: Sandbox, test: str
) -> None:
    assert judged(sandbox, PROGRAM_OF_SETS, test).status == "passed"


@pytest.mark.parametrize(
    "program",
    [
        "Z = np.zeros(4)\ndef f(x): return Z",
        "Z = [np.zeros(4)]\ndef f(x): return Z[0] if x == 1 else Z.pop()",
    ],
)
def test_an_array_that_is_returned_twice_is_a_wrong_answer(sandbox: Sandbox, program: str) -> None:
    program = f"import numpy as np\n{program}\ndef g(a, b): return 0"
    assert judged(sandbox, program, TWO_VIEWS).status == "wrong_answer"


def test_views_that_the_test_has_made_itself_need_the_program_beside_it(sandbox: Sandbox) -> None:
    program = "def f(x): return x\ndef g(a, b): return 0"
    test = """
    import numpy as np
    from solution import f, g
    assert f(1) == 1
    a = np.zeros(4)
    assert g(a, a.reshape(2, 2)) == 0
    """
    assert judged(sandbox, program, test).status == "unscored"


RESIZES = """
import numpy as np
def f(a, *shape): a.resize(shape, refcheck=False)
def g(b):
    b[...] = 7
    return repr(b)
"""


def test_a_program_cannot_free_memory_that_a_test_has_a_view_of(sandbox: Sandbox) -> None:
    test = """
    import numpy as np
    from solution import f, g
    a = np.array([[1, 2], [3, 4]] * 50)
    b = a.T
    f(a, {})
    g(b)
    assert False
    """
    for size in (1, 10**6):
        assert judged(sandbox, RESIZES, test.format(size)).status == "wrong_answer"


def test_a_program_may_change_the_shape_of_a_tests_array(sandbox: Sandbox) -> None:
    test = """
    import numpy as np
    from solution import f
    a = np.arange(6)
    b = a[1:3]
    f(a, 2, 3)
    assert a.tolist() == [[0, 1, 2], [3, 4, 5]] and b.tolist() == [1, 2]
    b[0] = 9
    assert a[0, 1] == 9
    """
    assert judged(sandbox, RESIZES, test).status == "passed"


def test_a_test_may_resize_an_array_that_the_program_holds(sandbox: Sandbox) -> None:
    program = "def f(a):\n    f.a = a\ndef g(): return f.a.shape"
    test = """
    import numpy as np
    from solution import f, g
    a = np.arange(6)
    f(a)
    a.resize((8,), refcheck=False)
    assert g() == (8,)
    """
    assert judged(sandbox, program, test).status == "passed"


def test_a_program_that_changes_the_length_of_a_buffer_in_use_fails(sandbox: Sandbox) -> None:
    program = "def f(a): del a[1:]"
    test = """
    import array
    from solution import f
    a = array.array('d', [1, 2, 3]) if {0} else bytearray(b'abc')
    m = memoryview(a)
    f(a)
    assert m[2] is None
    """
    for kind in (0, 1):
        assert judged(sandbox, program, test.format(kind)).status == "runtime_error"


EQUALS = "class A:\n    def __init__(self, x=0): self.x = x\n    def __eq__(self, o): return {}\n"
# A program with an object that equals plain data, and a test that it must not pass.
GUESSES = {
    "always": (EQUALS.format("True") + "def f(): return A(9)", "assert f() == 9"),
    "any number": (EQUALS.format("type(o) is int") + "def f(): return A()", "assert f() == 9"),
    "any list": (
        EQUALS.format("type(o) in (list, tuple)") + "def f(): return A((1,))",
        "assert f() == [9]",
    ),
    "once it knows": (
        EQUALS.format("self.x == o")
        + "a = A()\ndef f(): return a\ndef g(x):\n    a.x = x\n    return 5",
        "got = f()\nassert g(9) == 5\nassert got == 9",
    ),
    "another at each look": (
        EQUALS.format("self.x == o") + "a = A()\ndef f(): return a\ndef g():\n    a.x += 1",
        "got = f()\nfor _ in range(9): g()\nassert got == 9",
    ),
    "not what it says": (
        EQUALS.format("True") + "    def __ne__(self, o): return True\ndef f(): return A(8)",
        "assert f() == 9",
    ),
}


@pytest.mark.parametrize(("program", "test"), GUESSES.values(), ids=GUESSES)
def test_an_object_cannot_guess_what_it_is_compared_with(
    sandbox: Sandbox, program: str, test: str
) -> None:
    assert judged(sandbox, program, test).status == "wrong_answer"


def test_what_an_object_equals_is_one_value() -> None:
    from rltf.sandbox.guest.judge.equal_data import Equal

    for told in ((1, 1.0, True), ([1], (1,)), ({1}, frozenset({1})), ("a",)):
        assert Equal(told, 0).values == told
    for told in ((1, 2), ([1], (2,)), ({1}, frozenset()), ("a", b"a"), (1, "1"), (object(),)):
        assert Equal(told, 0).values == ()


CALLS_AN_ITERATOR = """
def f(g, things):
    ask = g.__globals__["_rltf_call"].__closure__[0].cell_contents.__closure__[0].cell_contents
    number = ask.__self__._borrowed.number(things)
    for name in ("call", "await whole", "next"):
        try:
            ask(name, number)
        except TypeError as error:
            f.refused.append(str(error))
    return len(f.refused)
f.refused = []
"""


def test_a_program_cannot_call_an_iterator_of_the_test_to_be_judged_otherwise(
    sandbox: Sandbox,
) -> None:
    test = "import math\nassert f(lambda: 1, iter([math, math, math])) == 3"
    assert judged(sandbox, CALLS_AN_ITERATOR, test).passed
