from __future__ import annotations

from pathlib import Path

import torch

from rltf.models.free_memory import return_free_memory

MEGABYTE = 2**20


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_what_lies_between_tensors_that_stay_is_given_back() -> None:
    large = torch.ones(4 * MEGABYTE)
    del large  # from now on the C library keeps blocks of up to 16 MiB on its heap
    before = resident_bytes()
    stay, go = [], []
    for _ in range(64):
        go.append(torch.ones(MEGABYTE))  # 4 MiB
        stay.append(torch.ones(MEGABYTE // 16))
    go.clear()
    held = resident_bytes() - before
    assert held > 64 * MEGABYTE, "nothing is left to give back: this test shows nothing"
    return_free_memory()
    assert resident_bytes() - before < held / 2
    assert len(stay) == 64
