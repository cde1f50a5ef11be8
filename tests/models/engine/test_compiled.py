"""Multiplication and decode steps in C, against torch's."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from rltf.models.engine import compiled, network_of, open_rows
from rltf.models.engine.cached_decoder import CachedDecoder
from rltf.models.engine.compiled import Blocks

from ..conftest import BUILDS, compute_with

pytestmark = pytest.mark.skipif(not BUILDS, reason="a CPU without AVX2")


@pytest.fixture(params=BUILDS, autouse=True)
def build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute with each build that this CPU can run."""
    compute_with(request.param, monkeypatch)


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_product_is_that_of_torch(dtype: torch.dtype) -> None:
    """Outputs that fill no block, parts that begin within one, every number of rows of a group."""
    generator = torch.Generator().manual_seed(0)
    for outputs, inputs in [
        ((576, 192, 192), 48),
        ((7, 50, 3), 20),
        ((100,), 333),
        ((31, 1, 40), 1),
    ]:
        weights = [torch.randn(count, inputs, generator=generator).to(dtype) for count in outputs]
        bias = torch.randn(sum(outputs), generator=generator)
        for some in (None, bias):
            blocks = Blocks(weights, some)
            assert blocks._weight.dtype == dtype
            for rows in (*range(1, 26), 97, 200):
                x = torch.randn(rows, inputs, generator=generator)
                expected = F.linear(x, torch.cat(weights).float(), some)
                torch.testing.assert_close(blocks(x), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.usefixtures("threads")
def test_a_step_is_that_of_torch(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every family, with rows at different places, more columns than a vector has lanes."""
    prompts = [tuple(range(1, 1 + length)) for length in (3, 40, 17)]
    network = network_of(model, torch.float32)
    assert network is not None
    ours = CachedDecoder(network, prompts, 3, 5, model.device)
    assert ours._compiled is not None
    monkeypatch.setattr(compiled, "lib", None)
    theirs = open_rows(model, prompts, 3, 5)
    with torch.inference_mode():
        expected = theirs.start(prompts, [0, 1, 2])
        monkeypatch.undo()
        started = ours.start(prompts, [0, 1, 2])
        torch.testing.assert_close(started, expected, atol=1e-3, rtol=1e-3)
        live = torch.ones(3, dtype=torch.bool)
        for ids in torch.tensor([[5, 6, 7], [90, 1, 2], [8, 9, 96], [3, 3, 3]]):
            theirs.prepare()
            ours.prepare()
            torch.testing.assert_close(
                ours.step(ids, live), theirs.step(ids, live), atol=1e-3, rtol=1e-3
            )
