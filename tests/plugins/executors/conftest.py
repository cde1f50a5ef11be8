"""A Ray cluster on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """Three nodes of one CPU, all on this machine."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    made = Cluster()
    for _ in range(3):
        _patiently(lambda: made.add_node(num_cpus=1, include_dashboard=False))
    ray.init(address=made.address, logging_level="ERROR", log_to_driver=False)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture
def actor_pids() -> Callable[[], list[int]]:
    """Return what finds the processes of actors that are alive."""
    return _actor_pids


def _patiently(start: Any) -> Any:
    """Ray gives a node half a minute to start, which a busy machine may not manage."""
    for _ in range(4):
        try:
            return start()
        except Exception as error:
            last = error
    raise last


def _actor_pids() -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"ray::SandboxActor" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found
