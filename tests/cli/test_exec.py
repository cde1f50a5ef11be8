"""``rltf exec``: a program runs as a person would run it, but in the sandbox."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from rltf.cli import main


@pytest.fixture
def execute(tmp_path):
    def execute(program, *arguments, input=None):
        file = tmp_path / "program.py"
        file.write_bytes(program)
        return CliRunner().invoke(main, ["exec", str(file), *arguments], input=input)

    return execute


def test_output_and_errors_are_the_programs(execute):
    result = execute("import sys\nprint('größe')\nsys.stderr.write('oh')\n".encode())
    assert (result.exit_code, result.stdout, result.stderr) == (0, "größe\n", "oh")


def test_standard_input_is_a_file_or_ours(execute, tmp_path):
    (tmp_path / "input.txt").write_text("3\n4\n")
    program = b"print(int(input()) + int(input()))\n"
    assert execute(program, "--stdin", str(tmp_path / "input.txt")).stdout == "7\n"
    assert execute(program, "--stdin", "-", input="1\n2\n").stdout == "3\n"


def test_standard_input_is_empty_otherwise(execute):
    assert execute(b"import sys\nprint(repr(sys.stdin.read()))\n", input="3\n").stdout == "''\n"


@pytest.mark.parametrize(
    "program",
    [
        "# coding: latin-1\nprint('größe')\n".encode("latin-1"),
        b"#!/usr/bin/python\n# -*- coding: cp1252 -*-\r\nprint('gr\xf6\xdfe')\r\n",
        "\ufeffprint('größe')\n".encode(),
    ],
)
def test_the_source_is_decoded_as_python_does_it(execute, program):
    assert execute(program).stdout == "größe\n"


def test_an_unknown_executor_is_named(execute):
    result = execute(b"", "--executor", "sandbix")
    assert result.exit_code == 2
    assert "unknown executor 'sandbix'; did you mean sandbox?" in result.stderr


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (b"x = 1\ny = x / 0\n", "runtime_error, ZeroDivisionError in line 2: division by zero"),
        (b"x = (1\n", "syntax_error, SyntaxError in line 1"),
        (b"x = 1\0\n", "syntax_error, "),
        (b"x = '\xff'\n", "syntax_error, cannot be decoded: "),
        (b"\n\n\nx = '\xff'\n", "syntax_error, cannot be decoded: 'utf-8' codec"),
        (b"# coding: klingon\n", "syntax_error, cannot be decoded: unknown encoding"),
        (b"# coding: rot13\n", "syntax_error, cannot be decoded: 'rot13' is not a text encoding"),
        (b"import sys\nsys.exit(3)\n", "runtime_error, SystemExit"),
        (b"open('/tmp/rltf_exec', 'w')\n", "forbidden, "),
    ],
)
def test_a_program_that_ends_badly_is_exit_1_and_a_line(execute, program, why):
    result = execute(program)
    assert result.exit_code == 1
    assert f"program.py: {why}" in result.stderr.splitlines()[-1]
    assert "rltf/" not in result.stderr


def test_a_program_may_come_through_a_pipe(tmp_path):
    pipe = tmp_path / "program"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        pool.submit(pipe.write_text, "print('through')")
        result = CliRunner().invoke(main, ["exec", str(pipe)])
    assert (result.exit_code, result.stdout) == (0, "through\n")


PROBLEMS = [
    {
        "task_id": "double",
        "prompt": "Double it.",
        "entry_point": "f",
        "tests": [{"args": [n], "expected": 2 * n} for n in range(3)],
    },
    {"task_id": "a:b", "prompt": "Echo.", "tests": [{"input": "a\n", "output": "a\n"}]},
]


@pytest.fixture
def problems(tmp_path):
    path = tmp_path / "problems.jsonl"
    path.write_text("".join(f"{json.dumps(problem)}\n" for problem in PROBLEMS))
    return path


def test_a_program_is_judged_against_a_problem(execute, problems):
    result = execute(b"def f(x):\n    return 2 * x\n", "--tests", f"{problems}:double")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "3 of 3 tests passed"
    result = execute(b"def f(x):\n    return x * x\n", "--tests", f"{problems}:double")
    assert result.exit_code == 1
    statuses = [line.split("  ")[0] for line in result.stdout.splitlines()[:3]]
    assert statuses == ["test 1: passed", "test 2: wrong_answer", "test 3: passed"]
    assert result.stdout.split("\n\n")[1].splitlines() == [
        "double, test 2 of 3: wrong_answer",
        "  f(1)",
        "expected: 2",
        "got:      1",
    ]
    assert "program.py: wrong_answer, 2 of 3 tests passed" in result.stderr
    assert execute(b"print(input())", "--tests", f"{problems}:a:b").exit_code == 0


@pytest.mark.parametrize("indent", [None, 1])
def test_a_file_of_one_problem_needs_no_task_id(execute, tmp_path, indent):
    path = tmp_path / "one:problem.json"
    path.write_text(json.dumps(PROBLEMS[0], indent=indent))
    program = b"def f(x):\n    return x + x\n"
    assert execute(program, "--tests", str(path)).exit_code == 0
    assert execute(program, "--tests", f"{path}:double").exit_code == 0


def test_of_many_tests_only_those_that_fail_are_listed(execute, tmp_path):
    tests = [{"args": [n], "expected": n} for n in range(100)]
    (tmp_path / "p.json").write_text(json.dumps(PROBLEMS[0] | {"tests": tests}))
    result = execute(b"def f(x):\n    return x % 50\n", "--tests", str(tmp_path / "p.json"))
    assert result.stdout.splitlines()[0].startswith("test 51: wrong_answer")
    assert "… and 30 more that did not pass" in result.stdout
    assert "50 of 100 tests passed" in result.stderr


@pytest.mark.parametrize(
    ("tests", "code", "message"),
    [
        ("problems.jsonl", 2, "holds 2 problems; give problems.jsonl:TASK_ID, one of double, a:b"),
        ("problems.jsonl:duble", 2, "has no task 'duble'; did you mean 'double'?"),
        ("problem.jsonl:double", 2, "problem.jsonl: No such file or directory; did you mean probl"),
        ("program.py", 2, "program.py, line 1: not JSON"),
        ("empty.jsonl", 2, "empty.jsonl: no problems in this file"),
        ("untested.json", 1, "unscored, 0 of 0 tests passed"),
    ],
)
def test_a_problem_that_cannot_be_used_is_one_line(
    execute, problems, tmp_path, monkeypatch, tests, code, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "untested.json").write_text(json.dumps(PROBLEMS[0] | {"tests": []}))
    result = execute(b"pass", "--tests", tests)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stderr.startswith("rltf: ")
    assert "fault of rltf" not in result.stderr


def test_tests_and_standard_input_exclude_each_other(execute, problems):
    result = execute(b"pass", "--tests", f"{problems}:double", "--stdin", str(problems))
    assert (result.exit_code, "leave out --stdin" in result.stderr) == (2, True)
