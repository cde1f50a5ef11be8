"""Test files that import the program under another name."""

import pytest

from rltf.plugins.datasets.module_names import as_solution, imported_modules, with_helpers


@pytest.mark.parametrize(
    ("test", "adapted"),
    [
        ("from bob import (\n    a,\n    b as c,\n)\n", "from solution import (\n    a,\n    b as c,\n)\n"),
        ("from  bob  import *", "from solution  import *"),
        ("import bob", "import solution as bob"),
        ("import bob as b, os", "import solution as b, os"),
        ("import bobs\nfrom bob.x import y", "import bobs\nfrom bob.x import y"),
        ("if 1:\n    import bob", "if 1:\n    import solution as bob"),
        ("'é'; import bob", "'é'; import solution as bob"),
        ("@patch('bob.print', new=3)\ndef f(): pass", "@patch('solution.print', new=3)\ndef f(): pass"),
        ("mock.patch.multiple('bob', x=1)", "mock.patch.multiple('solution', x=1)"),
        ("monkeypatch.setattr('bob.x', 1)", "monkeypatch.setattr('solution.x', 1)"),
        ("print('bob.x', 'bob')", "print('bob.x', 'bob')"),
        ("frame = currentframe()\n'bob' in frame.name", "frame = currentframe()\n'solution' in frame.name"),
        ("'bob' in names", "'bob' in names"),
        ("patch('bobby.x')", "patch('bobby.x')"),
    ],
)  # fmt: skip
def test_the_module_of_the_program_is_solution(test, adapted):
    assert as_solution(test, "bob") == adapted


def test_a_module_called_solution_stays():
    assert as_solution("import solution", "solution") == "import solution"


def test_a_helper_becomes_part_of_the_test_once():
    helpers = {"tools": "import os\n\nclass A: pass\n", "data": "from tools import A\nX = A()\n"}
    test = "from tools import A as B\nfrom data import X\nassert isinstance(X, B)\n"
    adapted = with_helpers(test, helpers)
    assert adapted.count("class A") == 1
    exec(adapted, {})


def test_only_imported_helpers_become_part_of_the_test():
    assert with_helpers("import os\n", {"tools": "1 / 0"}) == "import os\n"


def test_imported_modules():
    code = "import a.b, c\nfrom d.e import f\nfrom . import g\ndef h():\n    import i\n"
    assert imported_modules(code) == {"a", "c", "d", "i"}
    assert imported_modules("def") == frozenset()
