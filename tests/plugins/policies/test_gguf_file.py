"""GGUF checkpoints: what is wrong is said in one line, with the remedy."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from rltf import manager
from rltf.models.policy import PolicyError


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    policy = manager.get("policy", f"hf:{tmp_path}/none.gguf")
    with pytest.raises(PolicyError, match=r"there is no file .*none\.gguf"):
        policy.read_context_length()
    with pytest.raises(PolicyError, match=r"there is no file .*none\.gguf"):
        policy.load()


def test_a_damaged_file_or_a_missing_package_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "damaged.gguf"
    path.write_bytes(b"not a model")
    can_read = all(importlib.util.find_spec(name) for name in ("gguf", "accelerate"))
    expected = f"cannot load {path}" if can_read else "pip install 'rltf\\[gguf\\]'"
    policy = manager.get("policy", f"hf:{path}")
    with pytest.raises(PolicyError, match=expected) as caught:
        policy.read_context_length()
    assert "\n" not in str(caught.value)
