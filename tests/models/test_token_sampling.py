"""Random numbers of rows: uniform, and nobody's but the row's."""

from __future__ import annotations

import torch

from rltf.models.token_sampling import BatchDraws, RowDraws

CPU = torch.device("cpu")


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


def test_the_numbers_are_those_of_splitmix64() -> None:
    seeds = [0, 1, (1 << 63) - 1, (1 << 64) - 1]
    draws = RowDraws(seeds, CPU)
    numbers = torch.cat([draws.next() for _ in range(20)], dim=1)
    for row, seed in zip(numbers.tolist(), seeds, strict=True):
        assert row == [(number >> 40) / 2**24 for number in splitmix64(seed, 20)]


def test_a_row_has_its_numbers_wherever_it_stands() -> None:
    alone, among = RowDraws([7], CPU), RowDraws([3, 7, 9], CPU)
    for position in range(6):
        if position == 3:
            among.keep(torch.tensor([1, 2]))
        row = 1 if position < 3 else 0
        assert torch.equal(among.next()[row], alone.next()[0])


def test_numbers_are_uniform() -> None:
    draws = RowDraws(range(1000), CPU)
    numbers = torch.cat([draws.next() for _ in range(20)]).squeeze(1)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    counts = torch.histc(numbers, bins=10, min=0, max=1)
    assert counts.min() > 1800
    assert counts.max() < 2200


def test_a_batch_draws_a_number_for_each_row_that_is_left() -> None:
    draws = BatchDraws(0, 4, CPU)
    assert draws.next().shape == (4, 1)
    draws.keep(torch.tensor([0, 3]))
    assert draws.next().shape == (2, 1)
