from __future__ import annotations

import torch

from rltf.trainer.buffer import Buffer, Experience


def experience(number: int, length: int = 3) -> Experience:
    tokens = torch.full((length,), float(number))
    return Experience((1, 2), tuple(range(length)), tokens, -tokens, number)


def add(buffer: Buffer, numbers: range, silent: int = 0) -> None:
    """A round of experiences, and of samples that there is nothing to learn from."""
    buffer.add([experience(i) for i in numbers], written=len(numbers) + silent)


def numbers(drawn: list[Experience]) -> list[int]:
    return [each.policy_step for each in drawn]


def test_the_oldest_leave_when_the_buffer_is_full() -> None:
    buffer = Buffer(4, seed=0)
    add(buffer, range(3))
    add(buffer, range(3, 6))
    assert sorted(numbers(buffer.draw(4))) == [2, 3, 4, 5]


def test_a_pass_takes_each_experience_once() -> None:
    buffer = Buffer(10, seed=0)
    add(buffer, range(10))
    drawn = numbers(buffer.draw(4)) + numbers(buffer.draw(6))
    assert sorted(drawn) == list(range(10))
    assert drawn != list(range(10))
    assert sorted(numbers(buffer.draw(10))) == list(range(10))


def test_fresh_samples_begin_a_new_pass() -> None:
    buffer = Buffer(8, seed=0)
    add(buffer, range(4))
    buffer.draw(3)
    add(buffer, range(4, 8))
    assert sorted(numbers(buffer.draw(8))) == list(range(8))


def test_a_restored_buffer_goes_on_as_the_first_would_have() -> None:
    first, second = Buffer(6, seed=3), Buffer(6, seed=3)
    first.add([experience(i, length=i + 1) for i in range(4)], written=5)
    first.draw(4)
    second.load_state_dict(first.state_dict())
    for buffer in (first, second):
        add(buffer, range(10, 12))
    ours, theirs = first.draw(9), second.draw(9)
    assert numbers(ours) == numbers(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.token_ids == other.token_ids
        assert torch.equal(one.advantages, other.advantages)
        assert torch.equal(one.log_probs, other.log_probs)


def test_silent_samples_take_their_place_and_are_not_drawn() -> None:
    buffer = Buffer(10, seed=0)
    add(buffer, range(2), silent=6)
    add(buffer, range(2, 4), silent=1)
    assert sorted(numbers(buffer.draw(3))) == [1, 2, 3]


def test_a_pass_can_be_shared_out_evenly() -> None:
    buffer = Buffer(100, seed=0)
    add(buffer, range(11))
    draws = []
    while not buffer.used_up:
        draws.append(numbers(buffer.draw_of_pass(4)))
    assert [len(draw) for draw in draws] == [6, 5]
    assert sorted(number for draw in draws for number in draw) == list(range(11))
    add(buffer, range(20, 21))
    assert not buffer.used_up
    assert 20 in numbers(buffer.draw_of_pass(12))
    assert buffer.used_up


def test_a_buffer_without_experiences_is_used_up() -> None:
    buffer = Buffer(8, seed=0)
    add(buffer, range(0), silent=5)
    assert buffer.used_up
    assert buffer.draw(5) == buffer.draw_of_pass(5) == []


def test_an_empty_buffer_can_be_restored() -> None:
    buffer = Buffer(6, seed=3)
    buffer.load_state_dict(Buffer(6, seed=3).state_dict())
    assert len(buffer) == 0
