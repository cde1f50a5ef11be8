"""What ``import rltf`` offers, and how little it imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rltf

NAMES = [
    "Completion",
    "DataError",
    "Dataset",
    "Diagnosis",
    "Judged",
    "Limits",
    "LoadedDataset",
    "Objective",
    "Policy",
    "Problem",
    "ProgramError",
    "PromptFormat",
    "RewardTerm",
    "Rule",
    "Sample",
    "Sandbox",
    "ScoredSample",
    "TestCase",
    "TestOutcome",
    "TokenMap",
    "Verdict",
    "Writer",
    "__version__",
    "hookimpl",
    "line_span",
    "manager",
    "score",
    "testing",
    "token_rewards",
    "token_table",
]


def run(program: str) -> list[str]:
    call = [sys.executable, "-c", program]
    return subprocess.run(call, capture_output=True, text=True, check=True).stdout.split()


def test_the_public_names_are_listed() -> None:
    assert sorted(rltf.__all__) == sorted(NAMES)
    assert {*NAMES} <= {*dir(rltf)}


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(rltf, name) is not None


def test_no_public_name_imports_torch() -> None:
    program = (
        f"import sys, rltf\nfor name in {NAMES}: getattr(rltf, name)\n"
        "print(*sorted({'torch', 'transformers', 'datasets'} & set(sys.modules)))"
    )
    assert run(program) == []


def test_importing_rltf_imports_the_vocabulary_alone() -> None:
    packages = run(
        "import sys, rltf\n"
        "print(*sorted(name for name, module in sys.modules.items()"
        " if name.startswith('rltf.') and hasattr(module, '__path__')))"
    )
    assert packages == ["rltf.common"]
