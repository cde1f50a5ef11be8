"""What the reference programs of a problem show about its tests, and so what becomes of them."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.judging import judging_mode

LIMITS = Limits(cpu_s=5, wall_s=20)
STARTS = "import subprocess\ndef f(x): return subprocess.call(['true', x])"
PANDAS = "import pandas as pd\ndef f(x): return pd.DataFrame({'a': x})"
LACKS = "def f(x): return json.dumps(x)"
INSPECTS = "import inspect\ndef f(g): return list(inspect.signature(g).parameters)"
CLASHES = "from datetime import datetime\ndef f(y): return datetime.datetime(y, 1, 1).year"
MODES = {
    "starts processes": (STARTS, "assert f('x') == 0", "unscored"),
    "started by patch": (
        STARTS,
        "from unittest.mock import patch\nwith patch('subprocess.call', return_value=0):\n"
        "    assert f('x') == 0",
        "split",
    ),
    "one of two starts processes": (f"{STARTS}\0def f(x): return 0", "assert f('x') == 0", "split"),
    "objects of pandas": (PANDAS, "assert (f([1, 2])['a'] >= 1).all()", "guarded"),
    "data beside pandas": (PANDAS, "assert f([1, 2]) == [1, 2]", "split"),
    "the test imports it": (LACKS, "import json\nassert f([1]) == '[1]'", "guarded"),
    "the program imports it": (f"import json\n{LACKS}", "import json\nassert f([1])[0]", "split"),
    "another under one name": (CLASHES, "import datetime\nassert f(1999) == 1999", "guarded"),
    "a test of a module": (LACKS, "import json, solution\nassert solution.f([1])[1]", "split"),
    "a function to inspect": (INSPECTS, "def g(a, b=1): ...\nassert f(g) == ['a', 'b']", "guarded"),
    "the path of modules": ("def f(x): pass", "import sys\nf(1)\nassert sys.path", "guarded"),
    "a part of a package": (
        "import pytest\ndef f(x): pass",
        "from unittest.mock import patch\nwith patch('hypothesis.given'):\n    assert f(1) is None",
        "guarded",
    ),
    "a class that was made": (
        "def f(): pass",
        "import http.server\nassert issubclass(f(), http.server.BaseHTTPRequestHandler)",
        "guarded",
    ),
}


def problem(programs: str, test: str) -> Problem:
    tests = [TestCase.assertion(test)]
    return Problem("t", "", tests, entry_point="f", limits=LIMITS, solutions=programs.split("\0"))


@pytest.mark.parametrize("row", MODES.values(), ids=MODES)
def test_the_references_decide_the_mode(row: tuple[str, str, str]) -> None:
    programs, test, mode = row
    assert judging_mode.of(problem(programs, test), 0, "auto").judging == mode


@pytest.mark.parametrize(
    ("reference", "test", "wrong"),
    [
        (*MODES["the test imports it"][:2], "def f(x): return json.dumps(x + x)"),
        (*MODES["another under one name"][:2], CLASHES.replace("(y,", "(y + 1,")),
        (*MODES["a function to inspect"][:2], "def f(g): return ['a']"),
    ],
)
def test_right_programs_pass_and_wrong_ones_fail(
    sandbox: Sandbox, reference: str, test: str, wrong: str
) -> None:
    made = problem(reference, test)
    assert sandbox.judge(made, reference).passed
    assert sandbox.judge(made, wrong).status in ("wrong_answer", "runtime_error")


def test_what_the_reference_may_not_do_is_the_reason(sandbox: Sandbox) -> None:
    """Also for a program that does without."""
    made = problem(*MODES["starts processes"][:2])
    for program in (STARTS, "def f(x): return 0", "def f(x): return 1"):
        verdict = sandbox.judge(made, program)
        assert (verdict.status, verdict.reason) == (
            "unscored",
            "the reference programs start processes (`subprocess.call`), "
            "which the sandbox does not allow",
        )


@pytest.mark.parametrize(
    ("raised", "caught"),
    [
        ("socket.gaierror", "OSError"),
        ("smtplib.SMTPAuthenticationError(535, 'no')", "smtplib.SMTPException"),
        ("subprocess.CalledProcessError(1, ['g++'])", "subprocess.CalledProcessError"),
        ("ssl.SSLError('expired')", "ssl.SSLError"),
        ("sqlite3.OperationalError('locked')", "sqlite3.Error"),
    ],
)
def test_exceptions_of_python_that_a_mock_raises(
    sandbox: Sandbox, raised: str, caught: str
) -> None:
    imports = "import smtplib, socket, sqlite3, ssl, subprocess\n"
    program = f"{imports}def f(g):\n    try: return g()\n    except {caught}: return 'caught'\n"
    test = (
        f"{imports}from unittest.mock import Mock\nassert f(Mock(side_effect={raised})) == 'caught'"
    )
    made = Problem("t", "", [TestCase.assertion(test)], limits=LIMITS)
    verdict = sandbox.judge(made, program)
    assert (verdict.status, verdict.judging) == ("passed", "split"), verdict
    wrong = program.replace(f"except {caught}", "except KeyError")
    assert not sandbox.judge(made, wrong).passed


def test_an_attribute_of_a_mock_may_begin_with_an_underscore(sandbox: Sandbox) -> None:
    test = "from unittest.mock import Mock\nlib = Mock()\nlib._name = 'c'\nassert f(lib) == 'c'"
    made = Problem("t", "", [TestCase.assertion(test)], limits=LIMITS)
    assert sandbox.judge(made, "def f(lib): return lib._name").passed
    for hidden in ("_mock_children", "_spec_class", "_mock_parent", "_get_child_mock"):
        verdict = sandbox.judge(made, f"def f(lib): return 'c' if hasattr(lib, {hidden!r}) else ''")
        assert not verdict.passed, (hidden, verdict)
