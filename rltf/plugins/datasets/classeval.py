"""Dataset ``classeval``: ClassEval (Du et al., 2023), classes to write from a skeleton.

``classeval:class`` (the default) asks for whole classes. ``classeval:method`` asks for one method
of a class at a time; the other methods are those of the reference.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rltf.common import json_line
from rltf.dataset import LoadedDataset
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.datasets import third_party
from rltf.plugins.datasets.data_source import check_form, in_repository, locate
from rltf.plugins.datasets.problem_rows import (
    ProblemRow,
    items,
    object_of,
    program,
    read_problems,
    text,
)
from rltf.problem import Problem, TestCase
from rltf.sandbox.judging.file_uses import uses_files

REPOSITORY = "FudanSELab/ClassEval"
PATTERNS = ("**/*.parquet",)
RELEASED = ("data/ClassEval_data.json", "ClassEval_data.json")
"""Where ClassEval's own repository has the data."""
PREFIX = "ClassEval_"
LEVELS = ("class", "method")


def classeval(
    level: str = "class", path: str | Path | None = None, *, revision: str | None = None
) -> LoadedDataset:
    """Load the problems of a file, of a copy of ClassEval's repository, or from the hub.

    Problems that need packages which are not installed are left out.
    """
    check_form("classeval", level, LEVELS)
    files = locate(
        "classeval",
        in_repository(path, RELEASED),
        repository=REPOSITORY,
        patterns=PATTERNS,
        revision=revision,
    )
    rows: dict[str, dict[str, Any]] = {}

    def read(row: ProblemRow) -> Problem:
        problem = _class_problem(row.data)
        rows[problem.task_id] = row.data
        return problem

    problems, skipped = third_party.runnable(read_problems(files, read))
    if level == "method":
        problems = [
            method
            for problem in problems
            for method in _method_problems(problem, rows[problem.task_id])
        ]
    return LoadedDataset("classeval", PREFIX, ("test",), problems, skipped)


# ---------------------------------------------------------------------- whole classes


def _class_problem(data: dict[str, Any]) -> Problem:
    name = text(data, "class_name")
    solution = _with_imports(data, text(data, "solution_code"))
    skeleton, test = text(data, "skeleton"), text(data, "test")
    has_files = uses_files(solution)  # a test may only name a file that the class writes
    codes = tuple(_by_class(test))
    _methods(data)  # an invalid row is an error at either level
    return Problem(
        task_id=json_line.task_id(data.get("task_id")),
        prompt=f"Please complete the class {name} in the following code.",
        # a class of tests may read the files of those before it
        tests=[TestCase.assertion(code) for code in ((test,) if has_files else codes)],
        starter_code=skeleton,
        entry_point=name,
        solutions=(solution,),
        files=has_files,
        split="test",
        metadata={"class_description": text(data, "class_description", "")},
    )


def _with_imports(data: dict[str, Any], code: str) -> str:
    lines = code.splitlines()
    imports = items(data, "import_statement", program, ())
    return "\n".join((*(line for line in imports if line not in lines), code))


def _by_class(test: str) -> Iterator[str]:
    """Yield a test for each test class, with the code outside of the test classes."""
    tree = _parsed(test)
    lines = test.splitlines(keepends=True)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and _is_test(node)]
    if not classes:
        raise ValueError("'test' has no class of unittest")
    for chosen in classes:
        others = [node for node in classes if node is not chosen]
        left_out = {number for node in others for number in _line_numbers(node)}
        kept = (line for number, line in enumerate(lines, 1) if number not in left_out)
        yield "".join(kept).strip() + "\n"


def _is_test(node: ast.ClassDef) -> bool:
    return any(
        isinstance(part, ast.FunctionDef) and part.name.startswith("test") for part in node.body
    )


def _line_numbers(node: ast.ClassDef | ast.FunctionDef) -> range:
    assert node.end_lineno is not None
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return range(first, node.end_lineno + 1)


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise ValueError(f"its code is not Python: {error.msg}, line {error.lineno}") from None


# ---------------------------------------------------------------------- one method at a time


def _methods(data: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    methods = items(data, "methods_info", object_of)
    for method in methods:
        for key in ("method_name", "method_description", "test_class"):
            text(method, key)
    return methods


def _method_problems(whole: Problem, data: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each method. Its class ends with the method that is to be written."""
    (reference,) = whole.solutions
    for method in _methods(data):
        name = text(method, "method_name")
        tests = [test for test in whole.tests if _tests_class(test, text(method, "test_class"))]
        parts = _without(reference, whole.entry_point or "", name)
        if not tests or parts is None:
            continue
        before, own = parts
        yield Problem(
            task_id=f"{whole.task_id}/{name}",
            prompt=f"Please complete the method {name} of the class {whole.entry_point}.",
            tests=tests,
            starter_code=f"{before}\n\n{_described(own, text(method, 'method_description'))}\n",
            entry_point=whole.entry_point,
            solutions=(f"{before}\n\n{own}\n",),
            files=whole.files,
            split="test",
            metadata=whole.metadata,
        )


def _without(program: str, class_name: str, method: str) -> tuple[str, str] | None:
    """Return a program that ends with a class that lacks a method, and the method's code.

    ``None`` if the class has no such method.
    """
    body = _parsed(program).body
    classes = [node for node in body if isinstance(node, ast.ClassDef) and node.name == class_name]
    if not classes:
        return None
    functions = [
        node
        for node in classes[0].body
        if isinstance(node, ast.FunctionDef) and node.name == method
    ]
    if not functions or len(classes[0].body) == 1:
        return None
    of_class, of_method = set(_line_numbers(classes[0])), set(_line_numbers(functions[-1]))
    lines = list(enumerate(program.splitlines(), 1))
    others = [line for number, line in lines if number not in of_class]
    kept = [line for number, line in lines if number in of_class - of_method]
    own = [line for number, line in lines if number in of_method]
    return "\n".join([*others, *kept]).strip(), "\n".join(own).rstrip()


def _described(own: str, description: str) -> str:
    """Return a method's decorators, then its signature and docstring from the skeleton."""
    lines = own.splitlines()
    signature = next(number for number, line in enumerate(lines) if "def " in line)
    decorators = [] if description.lstrip().startswith("@") else lines[:signature]
    indent = lines[signature][: len(lines[signature]) - len(lines[signature].lstrip())]
    return "\n".join([*decorators, indent + description.strip()])


def _tests_class(test: TestCase, name: str) -> bool:
    return any(
        isinstance(node, ast.ClassDef) and node.name == name for node in ast.parse(test.code).body
    )


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``classeval``."""
    register("classeval", classeval)
