"""Tests with files: what plain CPython passes passes here, and nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from rltf import Limits, Problem, Sandbox, TestCase

from .file_forms import FORMS, Form

LIMITS = Limits(files_mb=8, files=32)
PLAIN = "import sys\nnames = {}\nfor path in sys.argv[1:]: exec(open(path).read(), names)"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as made:
        if made.run("", files=True).status == "unscored":
            pytest.skip("this machine gives no test a folder")
        yield made


def problem(form: Form, *, guarded: bool = False) -> Problem:
    test = TestCase.assertion(form.test, guarded=guarded)
    return Problem("t", "", [test], files=True, fixtures=form.fixtures)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_plain_python_passes_it(form: Form, tmp_path: Path) -> None:
    work = tmp_path / "work"
    for name, content in form.fixtures.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    work.mkdir(exist_ok=True)
    test = form.test + ("\nimport unittest; unittest.main()" if "unittest" in form.test else "")
    (tmp_path / "program").write_text(form.program)
    (tmp_path / "test").write_text(test)
    command = [sys.executable, "-c", PLAIN, str(tmp_path / "program"), str(tmp_path / "test")]
    if "unittest" in form.test:
        pytest.skip("unittest.main reads the command line")
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("guarded", [False, True], ids=["split", "guarded"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_it_passes_here(sandbox: Sandbox, form: Form, guarded: bool) -> None:
    verdict = sandbox.judge(problem(form, guarded=guarded), form.program)
    assert verdict.passed, verdict
    if not guarded and form.name not in ("pickle", "shelve"):
        assert verdict.judging == "split", verdict.judging_reason


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_wrong_program_fails(sandbox: Sandbox, form: Form) -> None:
    assert sandbox.judge(problem(form), form.wrong).status in ("wrong_answer", "runtime_error")


def test_each_test_has_an_empty_folder(sandbox: Sandbox) -> None:
    program = "import os\nprint(os.listdir(), len(os.listdir(os.environ['TMPDIR'])))\nopen('x', 'w').write('x')"
    tests = [TestCase.stdin("", "[] 0\n") for _ in range(3)]
    assert sandbox.judge(Problem("t", "", tests, files=True), program).passed


def test_a_call_has_a_folder_with_the_fixtures(sandbox: Sandbox) -> None:
    program = "def f(name): return open(name).read()"
    tests = [TestCase.call(["in.txt"], "given"), TestCase.call(["in.txt"], "given")]
    given = Problem("t", "", tests, entry_point="f", fixtures={"in.txt": "given"})
    assert given.files
    assert sandbox.judge(given, program).passed


def test_the_program_finds_the_fixtures_while_it_is_loaded(sandbox: Sandbox) -> None:
    program = "TEXT = open('a/b').read()\ndef f(): return TEXT"
    test = TestCase.assertion("text = f()\nassert text == 'x'")
    assert sandbox.judge(Problem("t", "", [test], fixtures={"a/b": "x"}), program).passed


def test_tests_of_one_process_share_the_folder() -> None:
    program = (
        "import os\ndef f(name):\n    open(name, 'a').write('x')\n    return sorted(os.listdir())"
    )
    tests = [TestCase.call(["a"], ["a"]), TestCase.call(["b"], ["a", "b"])]
    with Sandbox(workers=1, isolation="program") as sandbox:
        given = Problem("t", "", tests, entry_point="f", files=True)
        verdicts = [sandbox.judge(given, program) for _ in range(2)]
    assert all(verdict.passed for verdict in verdicts), verdicts


def test_without_files_nothing_is_written(sandbox: Sandbox) -> None:
    result = sandbox.run("open('x', 'w')")
    assert result.status == "forbidden"
    assert sandbox.run("import os\nassert os.getcwd() == '/'").status == "passed"


def test_a_full_folder_is_the_error_that_it_is(sandbox: Sandbox) -> None:
    program = """
import errno, os
try:
    with open("large", "wb") as file:
        for _ in range(100): file.write(bytes(1 << 20))
except OSError as error: print(error.errno == errno.ENOSPC)
size = os.path.getsize("large")
os.remove("large")
try:
    for number in range(100): open(str(number), "w").close()
except OSError as error: print(error.errno == errno.ENOSPC, number, size >> 20)
"""
    result = sandbox.run(program, files=True, limits=LIMITS)
    assert result.stdout == "True\nTrue 32 8\n"


def test_the_limits_of_each_problem_hold(sandbox: Sandbox) -> None:
    program = "import os\nstatus = os.statvfs('.')\nprint(status.f_blocks * status.f_frsize >> 20, status.f_files)"
    found = [
        sandbox.run(program, files=True, limits=Limits(files_mb=size, files=count)).stdout.split()
        for size, count in ((1, 1), (3, 10), (1, 1))
    ]
    assert found == [["1", "2"], ["3", "11"], ["1", "2"]]


def test_output_is_limited_as_ever(sandbox: Sandbox) -> None:
    limits = Limits(output_bytes=1000, files_mb=1)
    assert sandbox.run("print('x' * 5000)", files=True, limits=limits).status == "output_limit"
    assert sandbox.run("print('x' * 999)", files=True, limits=limits).status == "passed"


def test_what_is_written_can_be_imported(sandbox: Sandbox) -> None:
    program = "open('written.py', 'w').write('value = 5')\nimport written\nprint(written.value)"
    assert sandbox.run(program, files=True).stdout == "5\n"


def test_the_program_reads_itself_and_does_not_find_itself(sandbox: Sandbox) -> None:
    program = "import os\nprint(len(open(__file__).read()), os.listdir())"
    assert sandbox.run(program, files=True).stdout == f"{len(program)} []\n"


def test_fixtures_that_do_not_fit_are_no_fault_of_the_program(sandbox: Sandbox) -> None:
    tests = [TestCase.stdin("", ""), TestCase.stdin("", "")]
    large = Problem("t", "", tests, fixtures={"a": "x" * 2_000_000}, limits=Limits(files_mb=1))
    many = Problem(
        "t", "", tests, fixtures={f"d/{n}": "" for n in range(9)}, limits=Limits(files=9)
    )
    for given, reason in ((large, "files_mb is 1"), (many, "files is 9")):
        verdict = sandbox.judge(given, "")
        assert [test.status for test in verdict.tests] == ["unscored", "unscored"]
        assert reason in verdict.reason


def test_one_file_too_few_is_still_room(sandbox: Sandbox) -> None:
    fixtures = {f"d/{n}": "" for n in range(8)}
    given = Problem("t", "", [TestCase.stdin("", "")], fixtures=fixtures, limits=Limits(files=9))
    assert sandbox.judge(given, "").passed


def test_a_file_that_was_left_open_does_not_fill_the_next_folder(sandbox: Sandbox) -> None:
    program = """
import os
print(os.statvfs(".").f_bfree == os.statvfs(".").f_blocks, flush=True)
fd = os.open("x", os.O_CREAT | os.O_RDWR)
os.unlink("x")
os.write(fd, bytes(4 << 20))
os.kill(os.getpid(), 9)
"""
    for _ in range(3):
        assert sandbox.run(program, files=True, limits=LIMITS).stdout == "True\n"


def test_a_machine_without_mount_namespaces_says_what_it_lacks() -> None:
    program = """
from rltf import Problem, Sandbox, TestCase
problem = Problem("t", "", [TestCase.stdin("", "")], files=True)
with Sandbox(workers=1) as sandbox:
    for _ in range(2): print(sandbox.judge(problem, "").reason)
    print(sandbox.run("print(1)").stdout)
try: Sandbox(workers=1, require_layers=["files"])
except Exception as error: print(type(error).__name__)
"""
    floor = [sys.executable, str(Path(__file__).with_name("floor.py")), sys.executable]
    done = subprocess.run([*floor, "-c", program], capture_output=True, text=True)
    first, second, ran, _, refused = done.stdout.splitlines()
    assert first == second
    assert first.startswith("the test needs a folder for its files, which this machine cannot give")
    assert "rltf doctor" in first
    assert ran == "1"
    assert refused == "FolderUnavailable"


def test_the_folder_lies_apart_from_what_programs_read() -> None:
    from rltf.sandbox.client.private_folder import place
    from rltf.sandbox.client.readable_paths import Kind

    assert place((("/usr/lib", Kind.CODE),)) == "/tmp"
    assert place((("/tmp/data", Kind.CLOSED),)) == "/tmp"
    assert place((("/tmp/venv/lib", Kind.CODE),)) != "/tmp"


def test_nothing_of_the_machine_changes(sandbox: Sandbox) -> None:
    # where rltf itself lies under /tmp, the folder of programs is another one
    program = "import os\nprint(os.getcwd(), os.listdir())\nopen('left-by-a-program', 'w').close()"
    folder, listed = sandbox.run(program, files=True).stdout.split()
    assert listed == "[]"
    assert "left-by-a-program" not in os.listdir(folder)


@pytest.mark.parametrize("judging", ["split", "guarded"])
def test_a_test_puts_files_beside_its_own(judging: Literal["split", "guarded"]) -> None:
    test = """
import os
path = os.path.join(os.path.dirname(__file__), "out.txt")
with open(path, "w") as file:
    file.write(str(f(1)))
with open(path) as file:
    assert file.read() == "2"
"""
    problem = Problem("a", "", tests=(TestCase("code", code=test),), files=True)
    with Sandbox(workers=1, judging=judging) as sandbox:
        right, wrong = (sandbox.judge(problem, f"def f(x): return x + {add}") for add in (1, 2))
    assert (right.status, wrong.status) == ("passed", "wrong_answer"), (right, wrong)
    assert right.judging == judging
