"""The part of its line that an error is on, in characters, and where there is none."""

import pytest

from rltf import Sample
from rltf.plugins.classifiers.rltf import classify
from rltf.spans import column_span

PARTS = [
    # The parser counts characters, the compiler bytes: both are characters here.
    ("größe = '日本語'\ntext = '日本' größe\nprint(6)\n", "größe"),
    ("size = 1\nif 日本 = 1: pass\nprint(6)\n", "日本 = 1"),
    ("größe = '日本語'; return größe\nprint(6)\n", "return größe"),
    (
        "def solve(日本):\n    def add(x):\n        nonlocal größe, 日本\n    return 6\n",
        "nonlocal größe, 日本",
    ),
    (
        "def solve(xs):\n    naïve = 'é'; await naïve.sleep('é')\n    return 6\n",
        "await naïve.sleep('é')",
    ),
    ("größe = 1; return größe\r\nprint(6)\r\n", "return größe"),
    ("größe = '日'\rsize = 1; return size\rprint(6)\r", "return size"),
    ("def solve(xs):\n    größe = 'é'; return xs['é']\n", "xs['é']"),
    ("größe = '日本語'\rdef solve(xs):\r    return xs['日'] + '本'\r", "xs['日']"),
    ("def solve(xs):\n\x0c    return 'é' + xs[9]\n", "xs[9]"),
]

NONE = [
    # Behind the end of the program, and over several lines.
    "x = 1\ny =",
    "class Solution",
    "from math import floor, ",
    "def solve(xs):\n    return max(\n        xs,\n        1,\n    )\n",
]


@pytest.fixture(scope="module")
def diagnosed(diagnose):
    """Program to diagnosis, of samples that ended by themselves."""
    programs = [*(program for program, _ in PARTS), *NONE]
    verdicts = (verdict for verdict, _ in diagnose([("call", program) for program in programs]))
    return {
        program: classify(None, Sample("call", program, token_ids=(1,)), verdict)
        for program, verdict in zip(programs, verdicts, strict=True)
    }


@pytest.mark.parametrize(("program", "part"), PARTS)
def test_the_part_at_fault(diagnosed, program, part):
    diagnosis = diagnosed[program]
    start, end = column_span(program, diagnosis.lines[0], *diagnosis.columns)
    assert program[start:end] == part


@pytest.mark.parametrize("program", NONE)
def test_no_part_is_at_fault(diagnosed, program):
    assert diagnosed[program].granularity == "line"
    assert diagnosed[program].columns is None
