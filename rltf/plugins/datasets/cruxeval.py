"""Dataset ``cruxeval``: CRUXEval (Gu et al., 2024), predictions of what a short function does.

``cruxeval:output`` (the default) asks what the function returns for an input. The answer must be a
literal, so that no program runs the function. ``cruxeval:input`` asks for arguments with which the
function returns a given value; the function runs beside the test.
"""

from __future__ import annotations

import ast
from functools import partial
from pathlib import Path

from rltf.common import json_line
from rltf.dataset import LoadedDataset
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.plugins.datasets.data_source import check_form, in_repository, locate
from rltf.plugins.datasets.problem_rows import ProblemRow, read_problems, text
from rltf.problem import Problem, TestCase

REPOSITORY = "cruxeval-org/cruxeval"
PATTERNS = ("*.jsonl",)
RELEASED = ("data/cruxeval.jsonl", "cruxeval.jsonl")
"""Where CRUXEval's own repository has the data."""
TASKS = ("output", "input")
LIMITS = Limits(cpu_s=3.0)
"""The time that CRUXEval's own harness allows."""

ANSWER = "answer"
_OUTPUT_PROMPT = """\
What does this function return for the given arguments? Work it out without running it. Answer with
a function that returns the value as a literal, without calls and without expressions to evaluate.

```python
{code}

f({input})
```"""
_INPUT_PROMPT = """\
For which arguments does this function return the given value? Any arguments that work are right.
Answer with a function that returns the arguments in a tuple.

```python
{code}

assert f(*answer()) == {output}
```"""
_STARTER = f"def {ANSWER}():\n    return "

_SETUP = """\
_names = {{}}
exec({code!r}, _names)
f = _names["f"]


def _is_data(value):
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(_is_data, value))
    if isinstance(value, dict):
        return all(map(_is_data, value)) and all(map(_is_data, value.values()))
    return value is None or type(value) in {kinds}
"""
_KINDS = "(bool, int, float, complex, str, bytes, range)"
_INPUT_TEST = """\
arguments = answer()
assert type(arguments) is tuple and _is_data(arguments), "the answer must be a tuple of data"
assert f(*arguments) == {output}
"""
_INPUT_TEST_WITH_FUNCTIONS = """\
arguments = answer()
assert type(arguments) is tuple, "the answer must be a tuple"
assert f(*arguments) == {output}
"""


def cruxeval(
    task: str = "output", path: str | Path | None = None, *, revision: str | None = None
) -> LoadedDataset:
    """Load the problems of a file, of a copy of CRUXEval's repository, or from the hub."""
    check_form("cruxeval", task, TASKS)
    files = locate(
        "cruxeval",
        in_repository(path, RELEASED),
        repository=REPOSITORY,
        patterns=PATTERNS,
        revision=revision,
    )
    return LoadedDataset("cruxeval", "", ("test",), read_problems(files, partial(_problem, task)))


def _problem(task: str, row: ProblemRow) -> Problem:
    data = row.data
    code, arguments, output = (text(data, key).strip() for key in ("code", "input", "output"))
    call = _parsed(f"f({arguments})", "input")
    if not isinstance(call, ast.Call) or call.keywords:
        raise ValueError(f"'input' must be positional arguments, not {arguments!r:.60}")
    _parsed(output, "output")
    is_output = task == "output"
    shown = {"code": code, "input": arguments, "output": output}
    return Problem(
        task_id=json_line.task_id(data.get("id")),
        prompt=(_OUTPUT_PROMPT if is_output else _INPUT_PROMPT).format(**shown),
        tests=[_output_test(output) if is_output else _input_test(call, output)],
        starter_code=_STARTER if is_output else f"{code}\n\n\n{_STARTER}",
        entry_point=ANSWER,
        limits=LIMITS,
        solutions=(_STARTER + output + "\n" if is_output else _with_arguments(code, arguments),),
        setup_code="" if is_output else _SETUP.format(code=code, kinds=_KINDS),
        split="test",
        literal_answer=is_output,
    )


def _output_test(output: str) -> TestCase:
    return TestCase.assertion(f"assert {ANSWER}() == {output}")


def _input_test(call: ast.Call, output: str) -> TestCase:
    """Return the test of a problem. Functions are arguments only where the data has some."""
    has_functions = any(isinstance(node, ast.Lambda) for node in ast.walk(call))
    form = _INPUT_TEST_WITH_FUNCTIONS if has_functions else _INPUT_TEST
    return TestCase.assertion(form.format(output=output))


def _with_arguments(code: str, arguments: str) -> str:
    ending = "" if not arguments or arguments.endswith(",") else ","
    return f"{code}\n\n\n{_STARTER}({arguments}{ending})\n"


def _parsed(source: str, key: str) -> ast.expr:
    try:
        return ast.parse(source, mode="eval").body
    except SyntaxError:
        raise ValueError(f"{key!r} must be Python, not {source!r:.60}") from None


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``cruxeval``."""
    register("cruxeval", cruxeval)
