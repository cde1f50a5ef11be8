"""Dataset ``quixbugs``: QuixBugs (Lin et al., 2017), classic algorithms with a bug in one line.

Reads a copy of the repository jkoppel/QuixBugs. The prompt shows the buggy program. Its tests are
those of ``python_testcases``, without the cases that QuixBugs calls slow.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from rltf.dataset import LoadedDataset
from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.datasets.dataset_folders import folder, read, read_if_any
from rltf.plugins.datasets.module_names import with_helpers
from rltf.plugins.datasets.problem_rows import json_value
from rltf.problem import Problem, TestCase
from rltf.submission import NOT_PASSED, Submission

_CONTENTS = "a copy of the repository jkoppel/QuixBugs"
_PROMPT = "The following Python program has a bug in one line. Write the program without the bug."
_LOADER = "def load_json_testcases(algorithm):\n    return {rows!r}\n"
"""Replaces the module ``load_testdata`` of the repository, which reads the rows from a file."""


def quixbugs(path: str | Path | None = None) -> LoadedDataset:
    """Load the problems of a copy of the repository."""
    root = folder("quixbugs", path, _CONTENTS)
    correct = root / "correct_python_programs"
    problems = [
        _problem(root, program, test)
        for program in sorted(correct.glob("*.py"))
        if (test := root / "python_testcases" / f"test_{program.name}").is_file()
    ]
    if not problems:
        raise DataError(f"{path}: this folder is not {_CONTENTS}: it has no programs with tests")
    return LoadedDataset("quixbugs", "", ("test",), problems)


def _problem(root: Path, program: Path, test_file: Path) -> Problem:
    name = program.stem
    buggy = read(root / "python_programs" / program.name)
    rows = _rows(root / "json_testcases" / f"{name}.json")
    try:
        node = read_if_any(test_file.parent / "node.py")
        tests = tuple(_tests(name, read(test_file), rows, node))
    except (SyntaxError, ValueError) as error:
        raise DataError(f"{test_file}: {error}") from None
    return Problem(
        task_id=name,
        prompt=f"{_PROMPT}\n\n```python\n{buggy.strip()}\n```",
        tests=tests,
        entry_point=name,
        solutions=(read(program),),
        submissions=(Submission(f"python_programs/{program.name}", buggy, NOT_PASSED),),
        split="test",
    )


def _rows(file: Path) -> list[tuple[object, object]]:
    """Return the arguments and the expected value of each line of a file; none if it is missing."""
    rows = []
    for number, line in enumerate(read_if_any(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            arguments, expected = json_value(line)
        except (ValueError, TypeError):
            raise DataError(
                f"{file}, line {number}: must be a JSON list of the arguments and the value"
            ) from None
        rows.append((arguments, expected))
    return rows


def _tests(
    name: str, source: str, rows: Sequence[tuple[object, object]], node: str
) -> Iterator[TestCase]:
    """Yield a test for each row if the file asserts one value for each, else one for the file."""
    tree = ast.parse(source)
    check = _single_assert(tree)
    if check is not None and rows:
        for row in rows:
            yield TestCase.assertion(_with_values(check, row))
        return
    helpers = {"node": node, "load_testdata": _LOADER.format(rows=rows)}
    adapted = _without_options(source, tree, name)
    yield TestCase.assertion(with_helpers(adapted, helpers))


def _single_assert(tree: ast.Module) -> ast.Assert | None:
    """Return the assert that is the whole test of unchanged rows, if there is one and no other.

    An assert that needs pytest or another name than the program's does not count.
    """
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    match functions:
        case [ast.FunctionDef(body=[ast.Assert() as check])] if len(assigned) == 1:
            names = {node.id for node in ast.walk(check) if isinstance(node, ast.Name)}
            return None if "pytest" in names else check
    return None


def _with_values(check: ast.Assert, row: tuple[object, object]) -> str:
    values = dict(zip(("input_data", "expected"), row, strict=True))

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            if node.id not in values:
                return node
            return ast.parse(repr(values[node.id]), mode="eval").body

        def visit_Call(self, node: ast.Call) -> ast.AST:
            match node.args:
                case [ast.Starred(value=ast.Name("input_data"))]:
                    arguments = ast.parse(repr(row[0]), mode="eval").body
                    assert isinstance(arguments, ast.List)
                    node.args = arguments.elts
                    return node
            return self.generic_visit(node)

    copy = ast.parse(ast.unparse(check))
    return ast.unparse(ast.fix_missing_locations(Fill().visit(copy)))


def _without_options(source: str, tree: ast.Module, name: str) -> str:
    """Return a test file that tests ``solution`` and skips slow cases, as without options."""
    lines = source.splitlines()
    for node in tree.body:
        match node:
            case ast.If(test=ast.Attribute(attr="use_correct")):
                assert node.end_lineno is not None
                lines[node.lineno - 1 : node.end_lineno] = [f"from solution import {name}"]
                break
    return "\n".join(lines).replace("pytest.run_slow", "False") + "\n"


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``quixbugs``."""
    register("quixbugs", quixbugs)
