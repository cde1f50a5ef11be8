"""Which test code runs what the program gave it, and so must not run in a judge."""

from __future__ import annotations

import pytest

from rltf import Problem, TestCase
from rltf.sandbox.judging import judging_mode

LOADING = [
    "import pickle\npickle.load(open('x', 'rb'))",
    "import pickle\nassert pickle.loads(f(1)) == 1",
    "from pickle import loads as read\nassert read(f(1)) == 1",
    "assert eval(f(1)) == 2",
    "text = f(1)\nexec(text)\nassert x == 2",
    "import shelve\nshelve.open('x')",
    "import numpy as np\nnp.load('x.npy', allow_pickle=True)",
    "import pandas as pd\npd.read_pickle('x')",
    "import os, sys\nos.mkdir('x')\nsys.path.insert(0, 'x')",
    "import yaml\nload = getattr(yaml, 'unsafe_load')\nload(f(1))",
    "from yaml import load, UnsafeLoader as L\nload(f(1), Loader=yaml.UnsafeLoader)",
    "import runpy\nrunpy.run_path('x.py')",
]
NOT_LOADING = [
    "import pickle\nassert f(pickle.dumps(1)) == 1",
    "import json\njson.load(open('x'))",
    "import sys\nsys.path.append('..')",
    "assert f('pickle') == 1",
    "import pickle\nassert f(pickle.loads(pickle.dumps([1]))) == 1",
    "assert eval('f(1)') == 2",
]


def judging(code: str) -> str:
    problem = Problem("t", "", [TestCase.assertion(code)], entry_point="f")
    return judging_mode.of(problem, 0, "auto").judging


@pytest.mark.parametrize("code", LOADING)
def test_code_that_runs_what_it_gets(code: str) -> None:
    assert judging(code) in ("guarded", "unscored")  # unscored: what it imports is not installed


@pytest.mark.parametrize("code", NOT_LOADING)
def test_code_that_does_not(code: str) -> None:
    assert judging(code) == "split"
