"""Real models, taught for a moment to write different things; the builds of csrc/decode."""

from __future__ import annotations

import pytest
import torch

from rltf import manager
from rltf.models.engine import compiled
from rltf.models.policy import Policy

PROMPTS = [(5, 6, 7), (9, 8, 7, 6, 5, 4), (11,), (30, 31, 32, 33), (5, 6, 7)]
BUILDS = {"AVX512": ["AVX2", "AVX512"], "AVX2": ["AVX2"]}.get(
    torch.backends.cpu.get_cpu_capability(), []
)
"""The builds of csrc/decode that this CPU can run."""


def compute_with(build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute with a build of csrc/decode, or with ``torch`` alone."""
    ffi, lib = compiled.load_build(build)
    if lib is None and build != "torch":
        pytest.skip("csrc/decode could not be built")
    monkeypatch.setattr(compiled, "ffi", ffi)
    monkeypatch.setattr(compiled, "lib", lib)


@pytest.fixture(scope="session", params=["tiny", "tiny-t5"])
def policy(request: pytest.FixtureRequest) -> Policy:
    """A decoder-only and an encoder-decoder policy, that end their rows at different lengths."""
    torch.manual_seed(0)
    made: Policy = manager.get("policy", request.param)
    made.load()
    targets = [
        (*torch.randint(1, 400, (length,)).tolist(), made.end_id) for length in (4, 9, 2, 14)
    ]
    optimizer = torch.optim.Adam(made.model.parameters(), lr=5e-3)
    for _ in range(40):
        log_probs, present = made.log_probs(PROMPTS[:4], targets)
        torch.autograd.backward(-log_probs.sum() / present.sum())
        optimizer.step()
        optimizer.zero_grad()
    made.model.eval()
    return made
