"""How hard to look: `quick`, the same examples each time, or `long`, new ones each time (RLTF_FUZZ=long)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=200,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "long",
    settings.get_profile("quick"),
    derandomize=False,
    max_examples=int(os.environ.get("RLTF_FUZZ_EXAMPLES", "5000")),
    print_blob=True,
)
