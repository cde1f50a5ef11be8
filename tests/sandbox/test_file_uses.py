"""Which test code visibly needs a folder for files."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, Sandbox, TestCase
from rltf.sandbox.client.private_folder import Folder
from rltf.sandbox.judging.file_uses import uses_files
from rltf.sandbox.judging.test_files import folder_of

NEEDED = [
    "open('x', 'w').write('1')",
    "with open(name, mode) as file: pass",
    "with open('x.txt') as file: assert file.read() == f(1)",
    "open('x', mode='ab')",
    "import tempfile",
    "from tempfile import mkdtemp",
    "import shutil\nshutil.rmtree('x')",
    "def test_it(tmp_path): assert f(tmp_path)",
    "def test_it(self, tmpdir): pass",
    "import sqlite3\nsqlite3.connect('x.db')",
    "import sqlite3\nsqlite3.connect(path)",
    "import os\nos.mkdir('x')",
    "import os\nassert os.path.exists(f(1))",
    "from os import listdir",
    "from pathlib import Path\nPath('x').write_text('1')",
    "import pathlib\nassert pathlib.Path(f(1)).exists()",
    "import zipfile\nzipfile.ZipFile('x.zip', 'w')",
    "import shelve",
    "import logging\nlogging.FileHandler('x.log')",
    "import glob\nglob.glob('*.txt')",
    "import os\nassert os.stat(f(1)).st_size == 3",
    "import xml.etree.ElementTree as ET\nassert ET.parse('x.xml').getroot().tag == 'a'",
    "import pandas as pd\nassert len(pd.read_csv('rows.csv')) == 3",
    "import os\nimage.save(os.path.join(os.path.dirname(__file__), 'out.png'))",
]
NOT_NEEDED = [
    "assert f('open') == 'x'",
    "assert f(open) is None",
    "import sqlite3\ndb = sqlite3.connect(':memory:')",
    "import os\nassert os.path.join('a', 'b') == f('a', 'b')",
    "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'src'))",
    "open('/dev/null', 'w')",
    "from unittest.mock import mock_open, patch\nwith patch('builtins.open', mock_open(read_data='x')): f('x')",
    "from pathlib import PurePath\nassert f() == PurePath('a')",
    "import ast\nassert ast.parse('x = a.b') and f() is None",
    "import io, pandas as pd\nassert len(pd.read_csv(io.StringIO('a,b'))) == f(1)",
    "game = f()\ngame.touch()\ngame.mkdir('x')",
    "this is ( no python open('x', 'w')",
]


@pytest.mark.parametrize("code", NEEDED)
def test_code_that_needs_a_folder(code: str) -> None:
    assert uses_files(code)


@pytest.mark.parametrize("code", NOT_NEEDED)
def test_code_that_needs_none(code: str) -> None:
    assert not uses_files(code)


def test_the_program_has_no_say() -> None:
    problem = Problem("t", "", [TestCase.assertion("assert f(1) == 1")])
    assert folder_of(problem, Limits()) is None
    assert folder_of(Problem("t", "", [TestCase.stdin("open('x', 'w')", "")]), Limits()) is None


def test_one_test_or_the_set_up_code_is_enough() -> None:
    plain, writes = TestCase.assertion("assert f(1) == 1"), TestCase.assertion(NEEDED[0])
    limits = Limits(files_mb=3, files=4)
    for problem in (
        Problem("t", "", [plain, writes]),
        Problem("t", "", [plain], setup_code="import tempfile"),
        Problem("t", "", [plain], files=True),
    ):
        folder = folder_of(problem, limits)
        assert folder is not None
        assert folder.limits == Folder(3, 4)


def test_a_test_that_visibly_needs_a_folder_has_one(sandbox: Sandbox) -> None:
    if sandbox.run("", files=True).status == "unscored":
        pytest.skip("this machine gives no test a folder")
    program = "def f(path):\n    with open(path, 'w') as file: file.write('x')"
    test = TestCase.assertion("f('x.txt')\nassert open('x.txt').read() == 'x'")
    assert sandbox.judge(Problem("t", "", [test]), program).passed
