from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rltf.models import free_memory

MEGABYTE = 2**20


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_what_lies_between_tensors_that_stay_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
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
    free_memory.return_free_memory()
    assert resident_bytes() - before >= held, "so little is kept for the next tensors"
    monkeypatch.setattr(free_memory, "KEPT_BYTES", 64 * MEGABYTE)
    free_memory.return_free_memory()
    assert resident_bytes() - before < held / 2
    assert len(stay) == 64


KEEPING = """
import os, sys, torch
from pathlib import Path
from rltf.models.free_memory import keep_free_memory

def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if sys.argv[1] == "keep":
    keep_free_memory()
before = resident_bytes()
# The C library gives pages of their own to blocks larger than all that were freed before them.
tensors = [torch.ones(6 * 2**20) for _ in range(4)]  # 24 MiB each
del tensors
print(resident_bytes() - before, flush=True)
os._exit(0)  # without a last look for garbage in all of torch
"""


def test_tensors_find_the_memory_of_those_before_them() -> None:
    """Otherwise it goes back to the system, which clears each page before it is used again."""

    def held(how: str) -> int:
        call = [sys.executable, "-c", KEEPING, how]
        tuned = ("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD")
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(tuned)
        }
        done = subprocess.run(call, capture_output=True, check=True, env=environment)
        return int(done.stdout)

    assert held("keep") > 90 * MEGABYTE
    assert held("leave") < 30 * MEGABYTE
