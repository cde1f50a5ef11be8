"""Who imports whom: models serve training and benchmarks, which know nothing of each other."""

import ast
from pathlib import Path

import pytest

import rltf

ROOT = Path(rltf.__file__).parent


def imported(package: str) -> set[str]:
    """Return the modules of rltf that a package imports, anywhere in its code."""
    modules = set()
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
    return modules


@pytest.mark.parametrize(
    ("package", "others"),
    [
        ("common", ["samples", "scoring", "sandbox", "models", "trainer", "bench", "cli"]),
        ("samples", ["scoring", "sandbox", "models", "trainer", "bench", "cli"]),
        ("models", ["trainer", "bench", "critic", "cli"]),
        ("trainer", ["bench", "cli"]),
        ("bench", ["trainer", "cli"]),
    ],
)
def test_imports_go_one_way(package: str, others: list[str]) -> None:
    modules = imported(package)
    assert modules
    for other in others:
        wrong = {name for name in modules if f"{name}.".startswith(f"rltf.{other}.")}
        assert not wrong, f"rltf.{package} imports {wrong}"
