"""``rltf exec``: a program runs as a person would run it, but in the sandbox."""

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
