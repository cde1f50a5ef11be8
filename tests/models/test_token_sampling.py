"""The choice of tokens, and random numbers that are nobody's but the row's."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from rltf.models.token_sampling import Draws, choose, signed
from rltf.sampling_options import Sampling

from .conftest import BUILDS, compute_with


def splitmix64(seed: int, count: int) -> list[int]:
    """The generator as its authors wrote it, in unbounded integers."""
    mask = (1 << 64) - 1
    numbers = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        numbers.append(z ^ (z >> 31))
    return numbers


@pytest.fixture(params=["torch", *BUILDS])
def in_both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with torch's operations, and with C where this CPU has AVX-512 or AVX2."""
    compute_with(request.param, monkeypatch)


def free(count: int) -> Tensor:
    """Force no id in as many rows."""
    return torch.full((count,), -1)


def draws(count: int, position: int = 0) -> Draws:
    """Draws of as many rows, with seeds 0, 1, and so on."""
    return Draws(torch.arange(count), torch.full((count,), position))


def test_the_numbers_are_those_of_splitmix64() -> None:
    seeds = [0, 1, (1 << 63) - 1, (1 << 64) - 1]
    for seed in seeds:
        drawn = Draws(torch.tensor([signed(seed)] * 20), torch.arange(20)).numbers()
        assert drawn.tolist() == [(number >> 40) / 2**24 for number in splitmix64(seed, 20)]


def test_numbers_are_uniform() -> None:
    numbers = torch.cat([draws(2000, position).numbers() for position in range(20)])
    assert numbers.min() >= 0
    assert numbers.max() < 1
    counts = torch.histc(numbers, bins=10, min=0, max=1)
    assert counts.min() > 3700
    assert counts.max() < 4300
    assert len(numbers.unique()) > 39_000


def shares(logits: Tensor, sampling: Sampling, count: int = 20_000) -> Tensor:
    drawn, _ = choose(logits.repeat(count, 1), sampling, draws(count), free(count))
    return torch.bincount(drawn, minlength=len(logits)) / count


@pytest.mark.usefixtures("in_both")
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_are_drawn_as_often_as_they_are_likely(temperature: float) -> None:
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0])
    expected = torch.softmax(logits / temperature, -1)
    torch.testing.assert_close(shares(logits, Sampling(temperature)), expected, atol=0.015, rtol=0)


@pytest.mark.usefixtures("in_both")
def test_top_p_keeps_the_likeliest_tokens_that_reach_it() -> None:
    logits = torch.tensor([0.15, 0.5, 0.05, 0.3]).log()
    for top_p, kept in ((0.4, {1}), (0.6, {1, 3}), (0.9, {0, 1, 3}), (1.0, {0, 1, 2, 3})):
        drawn, _ = choose(logits.repeat(2000, 1), Sampling(1.0, top_p), draws(2000), free(2000))
        assert set(drawn.tolist()) == kept


def sorted_nucleus(probabilities: Tensor, top_p: float) -> Tensor:
    """The distribution by its definition: the sorted tokens that are needed to reach ``top_p``."""
    ranked, ids = probabilities.sort(descending=True, stable=True)
    ranked = ranked.masked_fill(ranked.cumsum(-1) - ranked >= top_p, 0.0)
    return torch.zeros_like(probabilities).scatter(0, ids, ranked / ranked.sum())


@pytest.mark.usefixtures("in_both")
@pytest.mark.parametrize(
    ("name", "top_p"), [("steep", 0.9), ("flat", 0.5), ("flat", 0.95), ("ties", 0.3), ("ties", 0.8)]
)
def test_the_nucleus_is_drawn_from_as_if_it_had_been_sorted(name: str, top_p: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = {
        "steep": 3 * torch.randn(200, generator=generator),
        "flat": 0.1 * torch.randn(60, generator=generator),
        "ties": torch.randint(0, 2, (40,), generator=generator).float(),
    }[name]
    expected = sorted_nucleus(torch.softmax(logits, -1), top_p)
    count = 40_000
    drawn = shares(logits, Sampling(1.0, top_p), count)
    assert drawn[expected == 0].sum() == 0
    kept = expected > 0
    # chi-square with k - 1 degrees of freedom: mean k - 1, deviation sqrt(2 (k - 1))
    chi_square = (count * (drawn - expected)[kept] ** 2 / expected[kept]).sum()
    freedom = int(kept.sum()) - 1
    assert chi_square < freedom + 4 * (2 * freedom) ** 0.5


@pytest.mark.usefixtures("in_both")
def test_a_token_that_cannot_be_is_never_drawn() -> None:
    logits = torch.tensor([0.0, float("-inf"), 0.0, float("-inf")])
    for top_p in (1.0, 0.9):
        drawn = shares(logits, Sampling(1.0, top_p), 5000)
        assert drawn.nonzero().flatten().tolist() == [0, 2]


@pytest.mark.usefixtures("in_both")
@pytest.mark.parametrize("sampling", [Sampling(0.0), Sampling(1.0), Sampling(0.5, 0.7)])
def test_log_probabilities_are_those_of_the_whole_softmax(sampling: Sampling) -> None:
    logits = torch.randn(50, 30, generator=torch.Generator().manual_seed(0)) * 4
    forced = torch.tensor([0, 29, 3, 3, 7, *[-1] * 45])
    ids, log_probs = choose(logits, sampling, draws(50), forced)
    assert ids[:5].tolist() == forced[:5].tolist()
    assert forced[5:].tolist() == [-1] * 45
    if sampling.temperature == 0:
        assert ids[5:].tolist() == logits[5:].argmax(-1).tolist()
    expected = torch.log_softmax(logits, -1)[torch.arange(50), ids]
    torch.testing.assert_close(log_probs, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("build", BUILDS)
def test_c_draws_what_torch_draws(build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a nucleus, the same ids but for rounding; a wide vocabulary, several threads."""
    compute_with(build, monkeypatch)
    logits = torch.randn(300, 5003, generator=torch.Generator().manual_seed(0)) * 3
    sampling = Sampling(0.8)
    ids, _ = choose(logits, sampling, draws(300), free(300))
    compute_with("torch", monkeypatch)
    expected, _ = choose(logits, sampling, draws(300), free(300))
    assert (ids == expected).sum() >= 297
