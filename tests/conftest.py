"""What tests of all parts share."""

from __future__ import annotations

import gc
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from rltf import Sandbox

if TYPE_CHECKING:
    from .forked import Forks

# until all is collected: collecting makes little garbage, and the collector would look through all
# that is imported, again and again
gc.disable()

# before torch is imported: threads cost tiny models more than they save, and more so side by side
os.environ.setdefault("OMP_NUM_THREADS", "1")
# what was audited on this machine must not change what commands say in tests
os.environ["RLTF_AUDITS"] = os.path.join(tempfile.gettempdir(), f"rltf-audits-{os.getpid()}")

# the same examples each time, and nothing that depends on how busy the machine is
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("repeatable")

SLOW_TO_START = re.compile(
    r"(?<!rltf\.)\b(sandbox|torch|transformers|tokenizers|subprocess|CliRunner|forks|forked|diagnose)\b"
    r"|(?-i:\bRunning\b)|\brltf\.(trainer|critic|models|testing|plugins\.objectives)\b|\bimport testing\b",
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


ISOLATIONS = ("any_sandbox", "sandbox", "split_sandbox", "fuzzed", "isolation")
"""Parameters that say which isolation a row is judged in."""
SMALL_TABLE = 8
ONE_IN = 4


def is_repeat(item: pytest.Item) -> bool:
    """Whether the row of a table is judged a second time, in the isolation ``program``."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "program" in map(callspec.params.get, ISOLATIONS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the tier ``slow`` what only repeats a large table.

    All rows of a table are judged in a process for each test. In the isolation ``program``, one row
    in four is, and those marked ``every_row``. Of a test marked ``one_in(n)``, one row in n is run.
    """
    tables: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("one_in") or is_repeat(item):
            tables[item.nodeid.partition("[")[0]].append(item)
    for rows in tables.values():
        marked = rows[0].get_closest_marker("one_in")
        one_in = marked.args[0] if marked else ONE_IN if len(rows) >= SMALL_TABLE else 1
        for number, row in enumerate(rows):
            if number % one_in and not row.get_closest_marker("every_row"):
                row.add_marker("slow")


def pytest_collection_finish() -> None:
    """Turn the garbage collector on again, for what is made from now on."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A real sandbox, started once."""
    with Sandbox(workers=2) as started:
        yield started


@pytest.fixture(scope="session")
def forks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Forks]:
    """A process that has imported torch and rltf: commands and programs run in forks of it."""
    from .forked import connect

    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # xdist's; a worker's folder lies in that of all
        shared = shared.parent
    yield from connect(shared, tmp_path_factory.mktemp("forks") / "stdout")
