from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rltf import manager
from rltf.models import loading
from rltf.models.loading import Dtype, choose_dtype, cpu_has_bfloat16
from rltf.models.policy import Policy

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 avx512vl", True),
        ("flags\t\t: fpu avx512f amx_bf16", True),
        ("Features\t: fp asimd bf16", True),
        ("flags\t\t: fpu avx512f", False),
        ("processor\t: 0", False),
    ],
)
def test_a_cpu_says_whether_it_has_bfloat16(
    line: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_CPU_FEATURES", tmp_path / "cpuinfo")
    assert not cpu_has_bfloat16()
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{line}\n")
    assert cpu_has_bfloat16() == expected


@pytest.mark.parametrize("has_bfloat16", [True, False])
def test_auto_is_bfloat16_where_it_is_fast_and_loses_little(
    has_bfloat16: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "cpu_has_bfloat16", lambda: has_bfloat16)
    fast = torch.bfloat16 if has_bfloat16 else torch.float32
    assert choose_dtype("auto", CPU, torch.float32) == torch.float32
    assert choose_dtype("auto", CPU, torch.float16) == fast
    assert choose_dtype("auto", CPU, torch.bfloat16) == fast
    for own in (torch.float32, torch.bfloat16):
        assert choose_dtype("float32", CPU, own) == torch.float32
        assert choose_dtype("bfloat16", CPU, own) == torch.bfloat16


@pytest.mark.parametrize(
    ("dtype", "trained", "kept", "computed"),
    [
        ("float32", True, torch.float32, torch.float32),
        ("float32", False, torch.float32, torch.float32),
        ("bfloat16", True, torch.float32, torch.bfloat16),
        ("bfloat16", False, torch.bfloat16, torch.bfloat16),
    ],
)
def test_weights_that_are_trained_stay_float32_whatever_is_computed_in(
    dtype: Dtype, trained: bool, kept: torch.dtype, computed: torch.dtype
) -> None:
    torch.manual_seed(0)
    policy: Policy = manager.get("policy", "tiny").load(dtype=dtype, trained=trained)
    assert {each.dtype for each in policy.model.parameters()} == {kept}
    read: list[torch.dtype] = []
    policy.model.lm_head.register_forward_hook(lambda *call: read.append(call[2].dtype))
    log_probs, _ = policy.log_probs([(5, 6)], [(7, 8, 9)])
    assert set(read) == {computed}
    assert log_probs.dtype == torch.float32
    if trained:
        torch.autograd.backward(log_probs.sum())
        assert policy.model.lm_head.weight.grad.dtype == torch.float32
