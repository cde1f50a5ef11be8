"""Advantages over the characters of a program."""

from __future__ import annotations

import torch

from rltf.sample import Sample
from rltf.trainer.advantage_steps import advantage_steps

TABLE = [b"", b"def", b" f", "é".encode()[:1], "é".encode()[1:], b"\n```", b"Here: "]
END = 0


def steps(
    ids: list[int], advantages: list[float], program: str, shift: int = 0
) -> list[tuple[int, float]]:
    sample = Sample("t", program, token_ids=tuple(ids), shift=shift)
    return advantage_steps(sample, torch.tensor(advantages), TABLE)


def test_equal_neighbours_are_one_step_and_the_end_id_has_none() -> None:
    assert steps([1, 2, 1, END], [0.5, 0.5, -1 / 3, 9], "def fdef") == [(0, 0.5), (5, -0.33333)]


def test_a_character_of_two_tokens_has_the_advantage_of_the_last() -> None:
    assert steps([1, 3, 4, 2], [1, 2, 3, 4], "defé f") == [(0, 1), (3, 3), (4, 4)]


def test_what_stands_before_and_behind_the_program_is_left_out() -> None:
    assert steps([6, 1, 2, 5], [1, 2, 3, 4], "def f", shift=-6) == [(0, 2), (3, 3)]


def test_characters_of_the_prompt_come_before_the_first_step() -> None:
    assert steps([1, 2], [1, 2], "prompt def f", shift=7) == [(7, 1), (10, 2)]
