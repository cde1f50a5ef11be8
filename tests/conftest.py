"""What tests of all parts share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from rltf import Sandbox

# before torch is imported: threads cost tiny models more than they save, and more so side by side
os.environ.setdefault("OMP_NUM_THREADS", "1")

# the same examples each time, and nothing that depends on how busy the machine is
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("repeatable")

SLOW_TO_START = re.compile(
    r"(?<!rltf\.)\b(sandbox|torch|transformers|tokenizers|subprocess|CliRunner|diagnose)\b"
    r"|\brltf\.(trainer|critic|models|testing|plugins\.objectives)\b|\bimport testing\b",
    re.IGNORECASE,
)
"""What a test file names that starts a sandbox, loads torch, or runs a command."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast",
        action="store_true",
        help="only files that start no sandbox and no command, and load no torch",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave a file or folder out before it is imported, which is most of what it costs."""
    if not config.getoption("--fast"):
        return None
    if collection_path.is_dir():
        shared = collection_path / "conftest.py"
        return (shared.exists() and "import torch\n" in shared.read_text()) or None
    return bool(SLOW_TO_START.search(collection_path.read_text())) or None


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A real sandbox, started once."""
    with Sandbox(workers=2) as started:
        yield started
