"""pytest fixtures for plugin authors: ``rltf_sandbox`` and ``rltf_judged``.

pytest loads this module if rltf is installed, so the module imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rltf import Judged, Sandbox


@pytest.fixture(scope="session")
def rltf_sandbox() -> Iterator[Sandbox]:
    """Provide a sandbox that is started once and closed at the end."""
    from rltf import Sandbox

    with Sandbox(workers=1) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def rltf_judged() -> Sequence[Judged]:
    """Provide judged samples of every status: see :func:`rltf.testing.judged_samples`."""
    from rltf.testing import judged_samples

    return judged_samples()
