"""What tests of commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..forked import Forks


@pytest.fixture(scope="session")
def forked(forks: Forks) -> Forks:
    """Run ``rltf ARGUMENTS`` on a few problems of ``mini``, in a fork of a warm process."""
    return forks.beginning_with("few_problems()")


FULL_DISK = """
import resource
import sys
import rltf

@rltf.hookimpl
def rltf_register_rewards(register):
    sys.dont_write_bytecode = True  # the limit would cut it, and nobody could import it any more
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""


@pytest.fixture
def full_disk(tmp_path: Path) -> Path:
    """A plugin whose process can write no file of more than 20,000 bytes."""
    path = tmp_path / "full.py"
    path.write_text(FULL_DISK)
    return path
