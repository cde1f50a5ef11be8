"""What a program does while it is loaded makes no test that it fails look broken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rltf import Problem, Sandbox, TestCase, TestOutcome

F = "\ndef f(*given): return 0"
WRITES = "with open('data.txt', 'w') as file: file.write('x')\nassert f('data.txt') == 1"
TMP_PATH = "def test_a(tmp_path):\n    path = tmp_path / 'a'\n    path.write_text('x' * 10000)\n    assert f(path) == 1"
FOLDER = {
    "a folder in the place of a file": ("import os\nos.mkdir('data.txt')", WRITES),
    "moves into a closed folder": (
        "import os\nos.mkdir('q'); os.chdir('q'); os.chmod('.', 0)",
        WRITES,
    ),
    "fills the folder": (
        "file = open('big', 'wb', 0)\ntry:\n    while 1: file.write(b'x' * 1000000)\nexcept OSError: pass",
        TMP_PATH,
    ),
    "uses up the number of files": (
        "import os\ntry:\n    for n in range(100000): os.mkdir(str(n))\nexcept OSError: pass",
        WRITES,
    ),
    "takes pytest's name": ("open('pytest-of-user', 'w').close()", TMP_PATH),
    "removes a fixture": (
        "import os\nos.remove('in.txt')",
        "x = open('in.txt').read()\nassert f(x)",
    ),
    "empties a fixture": (
        "open('in.txt', 'w').close()",
        "for line in open('in.txt'): assert f(line) == 1",
    ),
    "writes a broken database": (
        "open('t.db', 'w').write('garbage' * 1000)",
        "import sqlite3\nsqlite3.connect('t.db').execute('create table t(x)')\nassert f(1) == 1",
    ),
    "breaks a set-up": (
        "import os\nos.mkdir('d')",
        "import os, unittest\nclass T(unittest.TestCase):\n    def setUp(self): os.mkdir('d')\n    def test_a(self): self.assertEqual(f(1), 1)",
    ),
}
OTHERS = {
    "removes a variable": (
        "import os\nos.environ.pop('HOME', 0)",
        "import os\nh = os.environ['HOME']\nassert f(1) == 1",
    ),
    "sets a variable": (
        "import os\nos.environ['N'] = 'zz'",
        "import os\nn = int(os.environ.get('N', '3'))\nassert f(1) == 1",
    ),
    "a decorator that returns nothing": (
        "def d(function): return None",
        "@d\ndef test_a(): assert f(1) == 1",
    ),
    "a decorator of a class that returns nothing": (
        "def d(kind): return None",
        "@d\nclass TestA:\n    def test_a(self): assert f(1) == 1",
    ),
    "a class that is no exception": (
        "class E: pass",
        "import pytest\nwith pytest.raises(E): f(1)",
    ),
    "a function that is no exception, in unittest": (
        "def E(): pass",
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        with self.assertRaises(E): f(1)",
    ),
    "a function that is no class": ("def E(): pass", "assert not isinstance(3, E)\nassert f(1)"),
    "rows of a wrong length": (
        "def rows(): return [1]",
        "import pytest\n@pytest.mark.parametrize('a, b', rows())\ndef test_a(a, b): assert f(a) == b",
    ),
}
BROKEN = [
    "import os\nh = os.environ['NOT_SET']\nassert f(1) == 1",
    "x = open('nothing').read()\nassert f(x) == 1",
    "import json\nassert f(json.loads('{')) == 1",
    "import pytest\nwith pytest.raises(int): f(1)",
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1, judging="split") as made:
        yield made


def judged(sandbox: Sandbox, program: str, code: str, *, files: bool) -> TestOutcome:
    fixtures = {"in.txt": "1\n"} if files else {}
    test = TestCase.assertion(code)
    problem = Problem("t", "", [test], entry_point="f", files=files, fixtures=fixtures)
    (outcome,) = sandbox.judge(problem, program + F).tests
    return outcome


@pytest.mark.parametrize("name", FOLDER)
def test_what_the_program_left_in_its_folder_fails_it(sandbox: Sandbox, name: str) -> None:
    if sandbox.run("", files=True).status == "unscored":
        pytest.skip("this machine gives no test a folder")
    outcome = judged(sandbox, *FOLDER[name], files=True)
    assert outcome.status == "wrong_answer", outcome


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_program_defines_or_sets_fails_it(sandbox: Sandbox, name: str) -> None:
    outcome = judged(sandbox, *OTHERS[name], files=False)
    assert outcome.status == "wrong_answer", outcome


@pytest.mark.parametrize("code", BROKEN)
def test_what_no_program_can_pass_is_unscored(sandbox: Sandbox, code: str) -> None:
    assert judged(sandbox, "", code, files=False).status == "unscored"
