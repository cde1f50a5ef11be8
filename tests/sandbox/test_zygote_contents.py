"""What a candidate is forked from: the usual modules, and little more, since each page is copied."""

from __future__ import annotations

import mmap
import opcode
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.client import launch, readable_paths
from rltf.sandbox.client.launch import MODULES, Role
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.guest.shared import exceptions
from rltf.sandbox.judging import test_batches
from rltf.sandbox.judging.worker import Worker

MADV_COLLAPSE = 25


def test_a_candidates_zygote_holds_the_usual_modules_and_little_more(sandbox: Sandbox) -> None:
    usual = "\n".join(f"import {name}" for name in MODULES["slim"])
    listing = "import sys\nprint(*sys.modules)"
    here = set(sandbox.run(listing).stdout.split())
    needed = set(sandbox.run(f"{usual}\n{listing}").stdout.split())
    assert here == needed  # all of the usual are there
    for heavy in (
        "typing",
        "dataclasses",
        "inspect",
        "socket",
        "pathlib",
        "selectors",
        "urllib.parse",
    ):
        assert heavy not in here


KINDS = {
    "import asyncio": "asyncio",
    "import unittest": "unittest",
    "from unittest.mock import patch": "mock",
    "import pytest": "pytest",
    "def test_it(monkeypatch): pass": "pytest",
    "import numpy, unittest": "numpy+unittest",
    "import numpy\nfrom unittest import mock": "numpy+mock",
    "import numpy, pytest": "numpy+pytest",
}


@pytest.fixture
def zygotes() -> Iterator[ZygoteSet]:
    made = ZygoteSet()
    yield made
    made.close()


@pytest.mark.parametrize("tests", KINDS)
def test_frameworks_of_test_code_are_imported_before_the_fork(
    zygotes: ZygoteSet, tests: str
) -> None:
    names = MODULES[KINDS[tests]]  # type: ignore[index]
    program = f"import sys\nprint(*{set(names)} - sys.modules.keys())"
    spec = test_batches.ProgramSpec("main", program, 0, Limits(), tests=tests)
    result = test_batches.run_once(zygotes, spec, test_batches.TestJob())
    assert isinstance(result, ChildResult)
    assert result.stdout == b"\n"


@pytest.mark.parametrize(("guarded", "role"), [(False, "judge"), (True, "candidate")])
def test_test_code_runs_where_its_frameworks_are(
    zygotes: ZygoteSet, guarded: bool, role: Role
) -> None:
    test = TestCase.assertion("import pytest\nassert f(1) == 2", guarded=guarded)
    problem = Problem("t", "", [test])
    verdict = Worker("test", zygotes, False).judge(
        problem, "def f(x): return x + 1", problem.rule, Limits()
    )
    assert verdict.passed, verdict
    started = zygotes.pids
    assert zygotes.get(role, "pytest").pid in started


def test_no_framework_is_among_the_modules_of_a_program_beside_its_test(sandbox: Sandbox) -> None:
    program = (
        "import sys\nPACKAGES = {'unittest', 'pytest', '_pytest', 'py', 'pluggy', 'iniconfig'}\n"
        "def f(): return [name for name in sys.modules if name.partition('.')[0] in PACKAGES]"
    )
    test = TestCase.assertion("import pytest, unittest.mock\nassert f() == []", guarded=True)
    assert sandbox.judge(Problem("t", "", [test]), program).passed


def test_a_programs_own_words_bring_no_framework(sandbox: Sandbox) -> None:
    program = "# unittest.mock, pytest\nimport sys\nprint({'unittest', 'pytest'} & {*sys.modules})"
    assert sandbox.run(program).stdout == "set()\n"


def test_the_interpreters_code_lies_in_huge_pages_where_there_are_any() -> None:
    with Sandbox(workers=1) as sandbox:
        sandbox.run("pass")
        (pid, *_) = sandbox.pids
        try:
            memory = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except PermissionError:  # behind Landlock a zygote shows its memory to root alone
            return
    (huge_kb,) = map(int, re.findall(r"AnonHugePages: +(\d+)", memory))
    assert huge_kb > 0 or not can_have_huge_pages()


def can_have_huge_pages() -> bool:
    """Whether this kernel makes one when it is asked to."""
    size = 2 << 20
    with mmap.mmap(-1, 2 * size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as room:
        room.write(b"x" * 2 * size)
        try:
            room.madvise(MADV_COLLAPSE)
        except OSError:
            return False
    return True


def test_the_raise_instruction_is_the_interpreters() -> None:
    assert opcode.opmap["RAISE_VARARGS"] == exceptions._RAISE


@pytest.mark.parametrize("kept", [False, True])
def test_a_zygote_keeps_the_bytecode_of_what_it_preloads_unless_python_may_not(
    kept: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "preloaded.py").touch()
    readable_paths.trees()  # which stay those of this environment
    sites = (*readable_paths.site_folders(), tmp_path)
    monkeypatch.setattr(readable_paths, "site_folders", lambda: sites)
    monkeypatch.setitem(MODULES, "slim", [*MODULES["slim"], "preloaded"])
    monkeypatch.setattr(sys, "dont_write_bytecode", not kept)
    with Sandbox(workers=1) as sandbox:
        assert sandbox.run("import sys\nprint(sys.dont_write_bytecode)").stdout == "True\n"
    assert (tmp_path / "__pycache__").exists() == kept


def test_a_zygote_starts_from_bytecode_and_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem("t", "", [TestCase.stdin("", "42\n")])
    bytecode = launch.script()
    assert bytecode.suffix == ".pyc"
    bytecode.unlink()
    assert launch.script() == bytecode
    assert bytecode.exists()
    monkeypatch.setattr("sys.pycache_prefix", "elsewhere")
    assert launch.script().name == "zygote.py"
    with Sandbox(workers=1) as sandbox:
        assert sandbox.judge(problem, "print(42)").passed
