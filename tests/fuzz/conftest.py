"""How hard to look (RLTF_FUZZ): `quick` in `make test`, `full` in `make test-all`, `long` by hand.

The first two draw the same examples each time, `long` new ones.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=40,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile("full", settings.get_profile("quick"), max_examples=200)
settings.register_profile(
    "long",
    settings.get_profile("quick"),
    derandomize=False,
    max_examples=int(os.environ.get("RLTF_FUZZ_EXAMPLES", "5000")),
    print_blob=True,
)
