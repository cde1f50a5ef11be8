"""The JSON line of a sample, which ``rltf bench`` and ``rltf run`` write and ``rltf score`` reads."""

from __future__ import annotations

from typing import Any

from rltf.common.schema import SCHEMA
from rltf.sample import Sample


def sample_line(sample: Sample) -> dict[str, Any]:
    """Return the line of a sample, ready for ``json.dumps``."""
    return {
        "schema": SCHEMA,
        "task_id": sample.task_id,
        "sample": sample.index,
        "solution": sample.program,
        "truncated": sample.truncated,
    }
