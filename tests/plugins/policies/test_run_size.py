"""Options of a run by checkpoint: the paper's for its own, others for one GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from rltf import manager
from rltf.plugins.policies.hub import CODEGEN_DEFAULTS
from rltf.plugins.policies.run_size import ONE_GPU


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("codet5", {}),
        ("codegen2.7b", CODEGEN_DEFAULTS),
        ("hf:Salesforce/codegen-350M-mono", CODEGEN_DEFAULTS),
        ("hf:Salesforce/codet5-large-ntp-py", {}),
        ("hf:someone/else", ONE_GPU),
    ],
)
def test_the_papers_checkpoints_keep_its_options(name: str, expected: dict[str, object]) -> None:
    assert manager.get("policy", name).training_defaults == expected


def test_larger_weights_learn_in_smaller_steps(tmp_path: Path) -> None:
    rates = []
    for size in (2**20, 2 * 2**30, 8 * 2**30):
        folder = tmp_path / str(size)
        folder.mkdir()
        with (folder / "model.safetensors").open("wb") as file:
            file.truncate(size)
        defaults = manager.get("policy", f"hf:{folder}").training_defaults
        assert defaults.items() >= ONE_GPU.items()
        rates.append(defaults["learning_rate"])
    assert rates == [1e-5, 5e-6, 2e-6]
