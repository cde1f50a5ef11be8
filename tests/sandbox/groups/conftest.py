"""Sandboxes whose workers are in groups, however few they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rltf.sandbox import Sandbox
from rltf.sandbox import sandbox as sandbox_module
from rltf.sandbox.groups.dispatcher import Dispatcher


@pytest.fixture
def tiny_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sandboxes that are made in the test have a group for each worker."""
    monkeypatch.setattr(sandbox_module, "_MOST_HERE", 1)
    monkeypatch.setattr(sandbox_module, "_IN_GROUP", 1)


@pytest.fixture(scope="module")
def grouped() -> Iterator[Sandbox]:
    """Two groups of one worker each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox_module, "_MOST_HERE", 1)
        patch.setattr(sandbox_module, "_IN_GROUP", 1)
        made = Sandbox(workers=2)
    assert isinstance(made.backend, Dispatcher)
    with made:  # without the patch: sandboxes that other fixtures make meanwhile are as usual
        yield made
