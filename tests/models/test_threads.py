"""Generation leaves cores to the sandbox."""

from __future__ import annotations

import pytest
import torch

from rltf.models.threads import half_of_the_cores


def test_half_of_the_threads_generate_unless_the_user_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(6)
        monkeypatch.setenv("OMP_NUM_THREADS", "6")
        with half_of_the_cores("cpu"):
            assert torch.get_num_threads() == 6
        monkeypatch.delenv("OMP_NUM_THREADS")
        with half_of_the_cores("cuda"):
            assert torch.get_num_threads() == 6
        with half_of_the_cores("cpu"):
            assert torch.get_num_threads() == 3
        assert torch.get_num_threads() == 6
    finally:
        torch.set_num_threads(before)
