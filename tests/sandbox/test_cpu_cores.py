from __future__ import annotations

import os
from pathlib import Path

import pytest

from rltf.sandbox import Sandbox
from rltf.sandbox.client import cpu_cores


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        pytest.param("0::/", {"cpu.max": "150000 100000"}, 1.5, id="v2"),
        pytest.param("0::/", {"cpu.max": "max 100000"}, None, id="v2 without a bound"),
        pytest.param("0::/", {}, None, id="no files"),
        pytest.param(
            "0::/a/b",
            {"cpu.max": "800000 100000", "a/cpu.max": "200000 100000", "a/b/cpu.max": "max 100000"},
            2.0,
            id="the tightest group above us",
        ),
        pytest.param(
            "0::/docker/0123",
            {"cpu.max": "300000 100000"},
            3.0,
            id="a container that sees its group as the root",
        ),
        pytest.param(
            "4:cpu,cpuacct:/job",
            {
                "cpu,cpuacct/job/cpu.cfs_quota_us": "50000",
                "cpu,cpuacct/job/cpu.cfs_period_us": "100000",
            },
            0.5,
            id="v1",
        ),
        pytest.param(
            "1:cpu:/\n0::/",
            {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
            None,
            id="v1 without a bound",
        ),
        pytest.param(
            "3:memory:/\n1:cpu:/\n0::/",
            {
                "cpu/cpu.cfs_quota_us": "400000",
                "cpu/cpu.cfs_period_us": "100000",
                "unified/cpu.max": "300000 100000",
                "memory/cpu.cfs_quota_us": "1",
            },
            3.0,
            id="both",
        ),
        pytest.param("0::/", {"cpu.max": "what is this"}, None, id="a file of another form"),
    ],
)
def test_the_quota_of_a_cgroup(
    tmp_path: Path, groups: str, files: dict[str, str], expected: float | None
) -> None:
    tree(tmp_path, {"groups": groups, **{f"fs/{name}": text for name, text in files.items()}})
    assert cpu_cores.cpu_quota(tmp_path / "groups", tmp_path / "fs") == expected


def test_without_proc_there_is_no_quota(tmp_path: Path) -> None:
    assert cpu_cores.cpu_quota(tmp_path / "none", tmp_path) is None


@pytest.mark.parametrize(
    ("quota", "expected"), [(None, 8), (0.3, 1), (1.0, 1), (1.5, 2), (100.0, 8)]
)
def test_affinity_and_quota_are_both_respected(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(cpu_cores, "cpu_quota", lambda: quota)
    assert cpu_cores.available() == expected


def test_a_sandbox_fills_the_cores_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_cores, "available", lambda: 3)
    with Sandbox() as sandbox:
        assert sandbox.workers == 3
