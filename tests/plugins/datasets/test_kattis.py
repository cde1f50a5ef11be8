"""Problem packages of Kattis."""

import json
import os

import pytest
from click.testing import CliRunner

from rltf import manager
from rltf.cli import main
from rltf.dataset import DataError
from rltf.plugins.datasets.kattis.default_validator import Options, is_accepted

REAL = os.environ.get("RLTF_KATTIS", "")
READ = "a, b = map(float, input().split())\n"
VALIDATOR = """\
import sys

def main():
    with open(sys.argv[1]) as file:
        total = int(file.read())
    with open(sys.argv[3] + "judgemessage.txt", "w") as message:
        message.write(" ".join(sys.argv[4:]))
    parts = list(map(int, sys.stdin.read().split()))
    sys.exit(42 if sum(parts) == total and len(parts) == int(sys.argv[4]) else 43)

if __name__ == "__main__":
    main()
"""
FILES = {
    "ratio/problem.yaml": "name: Ratio\nlicense: cc0\nvalidator_flags: float_tolerance 1e-4\n"
    "limits: {memory: 512, output: 1}\n",
    "ratio/.timelimit": "2\n",
    "ratio/problem_statement/problem.en.tex": "Divide.",
    "ratio/problem_statement/problem.sv.tex": "Dela.",
    "ratio/data/sample/1.in": "1 3\n",
    "ratio/data/sample/1.ans": "0.333333\n",
    "ratio/data/secret/group/2.in": "1 0\n",
    "ratio/data/secret/group/2.ans": "Infinite\n",
    "ratio/submissions/accepted/right.py": READ + "print(a / b if b else 'infinite')\n",
    "ratio/submissions/accepted/right.cc": "int main() {}\n",
    "ratio/submissions/accepted/old.py": "#!/usr/bin/env python2\nprint 1\n",
    "ratio/submissions/accepted/parts/main.py": READ + "from tools import ratio\nprint(ratio(a, b))\n",
    "ratio/submissions/accepted/parts/tools.py": "def ratio(a, b):\n"
    "    return f'{a / b:e}' if b else 'INFINITE'\n",
    "ratio/submissions/wrong_answer/zero.py": READ + "print(a / b if b else 0)\n",
    "ratio/submissions/wrong_answer/both.py": READ + "print(7)\nwhile not b: pass\n",
    "ratio/submissions/run_time_error/divide.py": READ + "print(a / b)\n",
    "ratio/submissions/time_limit_exceeded/loop.py": "while True: pass\n",
    "ratio/submissions/partially_accepted/some.py": "print(1)\n",
    "split/problem.yaml": "problem_format_version: 2023-07-draft\nname: {sv: Dela, en: Split}\n"
    "type: [pass-fail]\nlimits: {time_limit: 1.5}\n",
    "split/statement/problem.en.md": "Split a number.",
    "split/output_validator/validate.py": VALIDATOR,
    "split/data/testdata.yaml": "output_validator_flags: '2'\n",
    "split/data/secret/1.in": "7\n",
    "split/data/secret/1.ans": "3 4\n",
    "split/submissions/accepted/a.py": "x = int(input())\nprint(1, x - 1)\n",
    "split/submissions/wrong_answer/three.py": "x = int(input())\nprint(1, 1, x - 2)\n",
    "talk/problem.yaml": "name: Talk\nvalidation: custom interactive\n",
    "other/problem.yaml": "name: Other\nvalidation: custom\n",
    "other/output_validators/v/v.cc": "int main() {}",
    "other/data/secret/1.in": "",
    "other/data/secret/1.ans": "",
    "empty/problem.yaml": "",
}  # fmt: skip


@pytest.fixture
def packages(tmp_path):
    for name, content in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return tmp_path


def test_a_package_is_a_problem(packages):
    dataset = manager.get("dataset", "kattis", path=str(packages))
    ratio, split = dataset.problems("test")
    assert ratio.prompt == "Ratio\n\nDivide."
    assert split.prompt == "Split\n\nSplit a number."
    assert [test.visible for test in ratio.tests] == [True, False]
    limits = ratio.limits
    assert (limits.cpu_s, limits.memory_mb, limits.output_bytes) == (2.0, 512, 1 << 20)
    assert split.limits.cpu_s == 1.5
    assert ratio.metadata["license"] == "cc0"
    assert ratio.metadata["submissions_left_out"] == {
        ".cc": 1, "no Python 3": 1, "partially_accepted": 1,
    }  # fmt: skip
    assert dataset.skipped == {
        "talk": "it is interactive, not from text to text",
        "other": "its output validator is not written in Python",
        "empty": "it has no tests",
    }


def test_submissions_get_their_verdicts(packages):
    command = ["bench", "kattis", "--data", str(packages), "--check-references"]
    shown = CliRunner().invoke(main, command)
    assert shown.exit_code == 0, shown.output
    assert "2 of 2 problems pass with all of their own solutions (3 programs)" in shown.stdout
    assert "5 of 5 submissions get the verdict that they must get" in shown.stdout
    assert "1 problem was left out: it is interactive" in shown.stdout
    report = json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)
    assert report["left_out"]["empty"] == "it has no tests"


def test_one_package_is_a_dataset(packages):
    (problem,) = manager.get("dataset", "kattis", path=str(packages / "ratio")).problems()
    assert problem.task_id == "ratio"


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("ratio/problem.yaml", "name: [", r"problem\.yaml: not YAML"),
        ("ratio/problem.yaml", "- 1", r"problem\.yaml: must be a mapping"),
        ("ratio/problem.yaml", "limits: {memory: much}", "its limits are wrong"),
        ("ratio/data/secret/3.in", "", r"3\.in: there is no 3\.ans beside it"),
    ],
)
def test_a_wrong_package_is_named(packages, name, content, fault):
    (packages / name).write_text(content)
    with pytest.raises(DataError, match=fault):
        manager.get("dataset", "kattis", path=str(packages))


@pytest.mark.parametrize(
    ("yaml", "reason"),
    [
        ("validator_flags: float_tolerance", "the flag float_tolerance needs a number, not ''"),
        ("validator_flags: tolerant", "the default validator has no flag 'tolerant'"),
    ],
)
def test_a_package_with_wrong_flags_is_left_out(packages, yaml, reason):
    (packages / "ratio" / "problem.yaml").write_text(yaml)
    assert manager.get("dataset", "kattis", path=str(packages)).skipped["ratio"] == reason


def test_groups_with_different_flags_are_left_out(packages):
    flags = packages / "ratio" / "data" / "secret" / "testdata.yaml"
    flags.write_text("output_validator_flags: case_sensitive\n")
    skipped = manager.get("dataset", "kattis", path=str(packages)).skipped
    assert "different flags" in skipped["ratio"]


@pytest.mark.parametrize(
    ("output", "answer", "flags", "accepted"),
    [
        ("a  b\n\n", "a b", "", True),
        ("A B", "a b", "", True),
        ("A B", "a b", "case_sensitive", False),
        ("É", "é", "", False),
        ("a", "a b", "", False),
        ("a b c", "a b", "", False),
        ("", "", "", True),
        ("a  b\n", "a b\n", "space_change_sensitive", False),
        ("a b\n", "a b\n", "space_change_sensitive", True),
        ("a b", "a b\n", "space_change_sensitive", False),
        ("1.0", "1", "", False),
        ("1.0", "1", "float_tolerance 1e-9", True),
        ("1.1e0", "1", "float_absolute_tolerance 0.2", True),
        ("0x10", "16", "float_tolerance 0", True),
        ("110", "100", "float_relative_tolerance 0.1", True),
        ("0.5", "0", "float_relative_tolerance 0.9", False),
        ("x", "1", "float_tolerance 9", False),
        ("nan", "1", "float_tolerance 9", False),
        ("NaN", "nan", "float_tolerance 9", True),
        ("1_0", "10", "float_tolerance 9", False),
        ("\N{FULLWIDTH DIGIT ONE}", "1", "float_tolerance 9", False),
        ("Yes 1.00001", "yes 1", "float_tolerance 1e-4", True),
    ],
)  # fmt: skip
def test_the_default_validator(output, answer, flags, accepted):
    assert is_accepted(output, answer, Options(flags.split())) is accepted


@pytest.mark.skipif(not os.path.isdir(REAL), reason="RLTF_KATTIS names no copy of problemtools")
def test_the_real_examples_can_be_read():
    dataset = manager.get("dataset", "kattis", path=os.path.join(REAL, "examples"))
    assert {problem.task_id for problem in dataset.problems()} == {"hello", "oddecho"}
    assert set(dataset.skipped) == {"guess", "different"}
