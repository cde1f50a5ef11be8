from __future__ import annotations

import math

import pytest

from rltf import Limits


@pytest.mark.parametrize(
    "wrong",
    [
        {"memory_mb": 512.5},
        {"threads": True},
        {"cpu_s": math.inf},
        {"cpu_s": math.nan},
        {"cpu_s": 0},
        {"cpu_s": "1"},
        {"cpu_s": 1e12},
        {"memory_mb": 10**14},
        {"open_files": 1},
        {"wall_s": -1},
        {"file_bytes": 1},
        {"cpu": 1},
    ],
)
def test_a_limit_that_cannot_be_set_is_named(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"limits: .*{name}"):
        Limits.from_dict(wrong)


def test_the_wall_limit_follows_the_cpu_limit() -> None:
    assert Limits(cpu_s=2).wall_limit_s == 6
    assert Limits(cpu_s=2, wall_s=1.5).wall_limit_s == 1.5
