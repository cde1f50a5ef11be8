"""Programs of several files."""

import pytest

from rltf.plugins.datasets.program_folder import joined
from rltf.problem import Problem, TestCase

FILES = {
    "main.py": "from __future__ import annotations\nimport tools\nfrom pack.part import two\n"
    "print(tools.double(int(input())) + two())\n",
    "tools.py": "import pack\n\n\ndef double(x):\n    return pack.FACTOR * x\n",
    "pack/__init__.py": "FACTOR = 2\n",
    "pack/part.py": "def two():\n    return 2\n",
}


def test_the_files_of_a_program_import_each_other(sandbox):
    problem = Problem("p", "", [TestCase.stdin("4", "10"), TestCase.stdin("1", "4")])
    assert sandbox.judge(problem, joined(FILES)).passed


def test_what_the_main_file_defines_is_tested(sandbox):
    files = {"solution.py": "from tools import double\n", "tools.py": "def double(x): return 2 * x"}
    problem = Problem("p", "", [TestCase.call([4], 8)], entry_point="double")
    assert sandbox.judge(problem, joined(files)).passed


def test_one_file_stays_as_it_is():
    assert joined({"a.py": "print(1)\n"}) == "print(1)\n"


def test_the_file_that_runs_as_a_script_is_the_main_one():
    files = {"a.py": "x = 1", "b.py": "if __name__ == '__main__':\n    print(2)\n"}
    assert "_SOURCES['b.py'], 'b.py'" in joined(files)


def test_without_a_main_file_it_is_no_program():
    with pytest.raises(ValueError, match=r"none of a\.py, b\.py"):
        joined({"a.py": "x = 1", "b.py": "y = 1"})
