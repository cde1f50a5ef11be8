"""How many cores this process may use, by its affinity and the CPU quota of its cgroup."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/proc/self/cgroup")
_ROOT = Path("/sys/fs/cgroup")


def available() -> int:
    """Cores to fill; at least 1."""
    cores = len(os.sched_getaffinity(0))
    quota = cpu_quota()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def cpu_quota(groups: Path = _GROUPS, root: Path = _ROOT) -> float | None:
    """Return the CPU quota of the tightest cgroup above us, in cores; ``None`` where there is none.

    Args:
        groups: The list of our cgroups (/proc/self/cgroup).
        root: Where cgroups are mounted; v1's controllers are folders in it.
    """
    try:
        lines = groups.read_text().splitlines()
    except OSError:
        return None
    quotas = [quota for line in lines for quota in _quotas(*line.split(":", 2), root=root)]
    return min(quotas, default=None)


def _quotas(hierarchy: str, controllers: str, path: str, *, root: Path) -> Iterator[float]:
    """Yield the quotas along one line of /proc/self/cgroup, from our group up to the root."""
    names = controllers.split(",")
    if hierarchy == "0":
        bases, read = [root, root / "unified"], _v2
    elif "cpu" in names:
        bases, read = [root / "cpu", root / controllers], _v1
    else:
        return
    our_group = Path(path.lstrip("/"))
    for base in bases:
        # a container that sees its own group as the root has no folder of the path's name
        for group in (our_group, *our_group.parents):
            try:
                quota = read(base / group)
            except (OSError, ValueError):
                continue
            if quota is not None:
                yield quota


def _v2(group: Path) -> float | None:
    quota, period = (group / "cpu.max").read_text().split()
    return None if quota == "max" else int(quota) / int(period)


def _v1(group: Path) -> float | None:
    quota = int((group / "cpu.cfs_quota_us").read_text())
    return None if quota <= 0 else quota / int((group / "cpu.cfs_period_us").read_text())
