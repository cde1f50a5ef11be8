"""What tests of all parts share."""

from collections.abc import Iterator

import pytest

from rltf import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A real sandbox, started once."""
    with Sandbox(workers=2) as started:
        yield started
