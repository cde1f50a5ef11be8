"""Imports go one way, from a folder to those before it in ``ORDER`` (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rltf"
MOST_LINES = 350
ORDER = [
    "common",
    "errors",
    "limits",
    "sample",
    "verdict",
    "submission",
    "problem",
    "diagnosis",
    "reward",
    "spans",
    "extract",
    "dataset",
    "prompt",
    "sampling_options",
    "hookspecs",
    "manager",
    "samples",
    "scoring",
    "sandbox._native",
    "sandbox.guest",
    "sandbox.client",
    "sandbox.judging",
    "sandbox",
    "explain",
    "sandbox.doctor",
    "models",
    "trainer",
    "critic",
    "bench",
    "augment",
    "audit",
    "conversion",
    "compare",
    "report",
    "static_analysis",
    "plugins",
    "testing",
    "pytest_plugin",
    "scaffold",
    "adapters",
    "serve",
    "cli",
    "__main__",
]
"""Folders and top-level modules; each may import those before it."""
FILES = sorted(PACKAGE.rglob("*.py"))


def room(parts: tuple[str, ...]) -> str:
    """Where in ORDER a module belongs."""
    inner = ".".join(parts[:2])
    return inner if inner in ORDER else parts[0]


def imported(file: Path) -> Iterator[tuple[str, ...]]:
    """The modules of rltf that a file imports, at any time but for the type checker alone."""
    package = file.relative_to(PACKAGE).parts[:-1]
    for node in _nodes(ast.parse(file.read_text())):
        match node:
            case ast.Import(names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(None | str() as module, names, 0):
                modules = [f"{module}.{alias.name}" for alias in names]
            case ast.ImportFrom(module, names, level):
                base = ".".join(
                    ("rltf", *package[: len(package) - level + 1], *([module] * bool(module)))
                )
                modules = [f"{base}.{alias.name}" for alias in names]
            case _:
                continue
        for name in modules:
            first, *rest = name.split(".")
            if first == "rltf" and rest:
                yield tuple(rest)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes outside of ``if TYPE_CHECKING:``."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name("TYPE_CHECKING")):
                continue
        yield node
        yield from _nodes(node)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_imports_only_what_comes_before_it(file: Path) -> None:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    if parts == ("__init__",):  # offers names of all folders
        return
    here = ORDER.index(room(parts))
    for module in imported(file):
        there = room(module)
        if there in ORDER:
            assert ORDER.index(there) <= here, f"imports rltf.{'.'.join(module)}"


def test_benchmarks_do_not_know_the_trainer() -> None:
    for file in (PACKAGE / "bench").rglob("*.py"):
        assert "trainer" not in map(room, imported(file)), file


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    files = [*FILES, *(PACKAGE.parent / "csrc").glob("*.[ch]")]
    lengths = {file: len(file.read_text().splitlines()) for file in files}
    assert {str(file): length for file, length in lengths.items() if length > MOST_LINES} == {}
