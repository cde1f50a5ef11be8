from __future__ import annotations

from collections import Counter

import pytest

from rltf import Problem
from rltf.trainer.supervised_steps import Supervision, Targets

PROBLEMS = [
    Problem(str(i), "x" * (1 + i % 7), solutions=["a" * (1 + i % 5), "b"][: 1 + i % 2])
    for i in range(40)
] + [Problem("unsolved", "x")]


def supervision(noise: float = 0.0, seed: int = 0) -> Supervision:
    return Supervision(
        PROBLEMS,
        lambda problem: tuple(1000 + int(problem.task_id) for _ in problem.prompt),
        lambda program: tuple(ord(letter) for letter in program),
        noise=noise,
        noise_ids=[7, 8],
        seed=seed,
    )


def test_every_solved_problem_comes_once_a_pass() -> None:
    made = supervision()
    rows = [row for step in range(8) for row in made.batch("warm-up", step, 5)]
    assert Counter(prompt[0] for prompt, _ in rows) == Counter(range(1000, 1040))


def test_batches_hold_rows_of_like_length_in_no_order_of_length() -> None:
    made = supervision()
    batches = [made.batch("warm-up", step, 5) for step in range(8)]
    spans = [{len(prompt) + len(target) for prompt, target in rows} for rows in batches]
    assert all(max(span) - min(span) <= 3 for span in spans)
    assert [min(span) for span in spans] != sorted(min(span) for span in spans)


def test_a_step_gives_the_same_rows_in_any_process_and_others_elsewhere() -> None:
    made = supervision(noise=0.5)
    assert made.batch("train", 9, 4) == supervision(noise=0.5).batch("train", 9, 4)
    assert made.batch("train", 9, 4) != made.batch("train", 10, 4)
    assert made.batch("train", 9, 4) != made.batch("warm-up", 9, 4)
    assert made.batch("train", 9, 4) != supervision(noise=0.5, seed=1).batch("train", 9, 4)


def test_each_of_a_problems_programs_is_taught() -> None:
    made = supervision()
    taught = {
        (prompt[0], target)
        for step in range(8 * 12)
        for prompt, target in made.batch("warm-up", step, 5)
    }
    assert {target for prompt, target in taught if prompt == 1001} == {(97, 97), (98,)}


def test_noise_stands_for_its_share_of_the_prompt_and_none_of_the_program() -> None:
    made = supervision(noise=0.25)
    rows = [row for step in range(80) for row in made.batch("warm-up", step, 5)]
    noisy = [token in (7, 8) for prompt, _ in rows for token in prompt]
    assert sum(noisy) / len(noisy) == pytest.approx(0.25, abs=0.03)
    assert all(set(target) <= {97, 98} for _, target in rows)


def test_without_reference_programs_there_is_nothing_to_teach() -> None:
    made = Supervision(
        PROBLEMS[-1:],
        lambda _: (1,),
        lambda _: (1,),
        noise=0.0,
        noise_ids=[],
        seed=0,
    )
    assert made.batch("warm-up", 0, 5) == []


def test_a_cut_reference_program_is_named_once() -> None:
    notes: list[str] = []
    encode = Targets(lambda program: tuple(map(ord, program)), 4, notes.append)
    assert encode("abcd") == (97, 98, 99, 100)
    assert notes == []
    assert encode("abcdef") == encode("abcdxyz") == (97, 98, 99, 100)
    (note,) = notes
    assert "has 6 tokens" in note
    assert "max_new_tokens=4" in note
