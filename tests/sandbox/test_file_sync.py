"""Split mode: the test's folder and the program's are alike at every request, and stay apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rltf import Limits, Problem, Sandbox, TestCase, Verdict

PROGRAM = """
import os, pickle
def put(path, text="x"):
    with open(path, "w") as file: file.write(text)
def get(path): return open(path).read()
def names(path="."): return sorted(os.listdir(path))
def call(function, *args): return function(*args)
class Evil:
    def __reduce__(self): return exec, ("import os; os._exit(0)",)
def evil(path):
    with open(path, "wb") as file: pickle.dump(Evil(), file)
def fill(count):
    for number in range(count): open(str(number), "w").close()
def tree(depth):
    for _ in range(depth): os.mkdir("d" * 200); os.chdir("d" * 200)
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1, judging="split") as made:
        if made.run("", files=True).status == "unscored":
            pytest.skip("this machine gives no test a folder")
        yield made


def judged(
    sandbox: Sandbox, *codes: str, program: str = PROGRAM, limits: Limits | None = None
) -> Verdict:
    tests = [TestCase.assertion(code) for code in codes]
    return sandbox.judge(Problem("t", "", tests, files=True, limits=limits), program)


PASSING = {
    "a callback sees what the program wrote": """
seen = []
def look(path): seen.append(open(path).read())
put("a", "1")
call(look, "a")
assert seen == ["1"]
""",
    "the program sees what a callback wrote": """
import os
def write():
    with open("b", "w") as file: file.write("2")
call(write)
assert get("b") == "2"
""",
    "a file that was open before": """
put("log", "a")
with open("log") as file:
    assert file.read() == "a"
    put("log", "ab")
    assert file.read() == "b"
""",
    "a file becomes a folder and a file again": """
import os
put("a")
os.remove("a"); os.mkdir("a"); open("a/b", "w").close()
assert names() == ["a"] and names("a") == ["b"]
os.remove("a/b"); os.rmdir("a")
with open("a", "w") as file: file.write("again")
assert get("a") == "again"
""",
    "files that nobody may read": """
import os
put("a", "1"); os.chmod("a", 0); put("b")
os.chmod("a", 0o600)
assert open("a").read() == "1" and get("a") == "1"
os.mkdir("d", 0o000)
assert names() == ["a", "b", "d"]
""",
    "large files": """
import os
put("large", "x" * 3_000_001)
assert os.path.getsize("large") == 3_000_001
with open("large", "a") as file: file.write("y")
assert get("large")[-2:] == "xy"
""",
    "names that are no text": """
import os
with open(b"\\xff\\xfe", "wb") as file: file.write(b"1")
put("\\n"); put("\\u00fc")
assert len(os.listdir()) == 3 == len(names())
""",
    "a size that stays and a time that is put back": """
import os
put("a", "1"); os.utime("a", (1, 1))
with open("a", "w") as file: file.write("2")
os.utime("a", (1, 1))
assert get("a") == "2"
""",
    "an exception still brings the files": """
put("a", "1")
try: get("missing")
except FileNotFoundError: pass
else: raise AssertionError
assert open("a").read() == "1"
""",
}


@pytest.mark.parametrize("code", PASSING.values(), ids=PASSING.keys())
def test_both_sides_have_the_same(sandbox: Sandbox, code: str) -> None:
    verdict = judged(sandbox, code)
    assert verdict.passed, verdict


def test_each_test_starts_with_nothing(sandbox: Sandbox) -> None:
    code = "import os\nassert os.listdir() == [] == names()\nput('a')\nassert os.listdir() == ['a']"
    assert judged(sandbox, code, code, code).passed


def test_tests_of_one_process_share_the_folder() -> None:
    codes = [
        "put('a')\nassert names() == ['a']",
        "import os\nassert os.listdir() == ['a'] == names()",
    ]
    with Sandbox(workers=1, isolation="program", judging="split") as sandbox:
        assert judged(sandbox, *codes).passed


def test_a_program_that_dies_in_between_leaves_both_sides_empty() -> None:
    program = PROGRAM + "\ndef die(): os._exit(1)"
    codes = ["put('a')\ndie()", "import os\nassert os.listdir() == [] == names()"]
    with Sandbox(workers=1, isolation="program", judging="split") as sandbox:
        verdict = judged(sandbox, *codes, program=program)
    assert [test.passed for test in verdict.tests] == [False, True]


def test_more_than_the_judge_holds_fails_the_program(sandbox: Sandbox) -> None:
    limits = Limits(files=16)
    code = "import os\nfor n in range(10): open('t' + str(n), 'w').close()\nfill(20)\nassert True"
    assert judged(sandbox, code, limits=limits).status in ("runtime_error", "wrong_answer")


def test_the_judge_runs_no_file_of_the_program(sandbox: Sandbox) -> None:
    loads = "import pickle\nload = getattr(pickle, 'load')\nevil('p')\nassert load(open('p', 'rb')) is None"
    imports = (
        "import os, sys\nput('evil_module.py', 'import os; os._exit(0)')\n"
        "path = getattr(sys, 'path')\npath.insert(0, os.getcwd())\nimport importlib\n"
        "assert importlib.import_module('evil_module') and names()"
    )
    assert judged(sandbox, loads).reason.endswith("the test unpickles builtins.exec")
    assert judged(sandbox, imports).status == "wrong_answer"


def test_what_loads_code_is_not_judged_split(sandbox: Sandbox) -> None:
    verdict = judged(
        sandbox, "import pickle\nevil('p')\nassert pickle.load(open('p', 'rb')) is None"
    )
    assert verdict.status == "unscored"
    assert "what the program may have written" in verdict.reason


def test_deep_folders_end_nobody_but_the_program(sandbox: Sandbox) -> None:
    verdict = judged(
        sandbox, "tree(100)\nassert names() == ['x']", "put('a')\nassert names() == ['a']"
    )
    assert not verdict.tests[0].passed
    assert verdict.tests[0].status != "unscored"
    assert verdict.tests[1].passed
