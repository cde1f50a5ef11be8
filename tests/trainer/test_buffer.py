from __future__ import annotations

import torch

from rltf.trainer.buffer import Buffer, Experience


def experience(number: int, length: int = 3) -> Experience:
    return Experience((1, 2), tuple(range(length)), torch.full((length,), float(number)), number)


def numbers(drawn: list[Experience]) -> list[int]:
    return [each.policy_step for each in drawn]


def test_the_oldest_leave_when_the_buffer_is_full() -> None:
    buffer = Buffer(4, seed=0)
    buffer.add(experience(i) for i in range(3))
    buffer.add(experience(i) for i in range(3, 6))
    assert sorted(numbers(buffer.draw(4))) == [2, 3, 4, 5]


def test_a_pass_takes_each_experience_once() -> None:
    buffer = Buffer(10, seed=0)
    buffer.add(experience(i) for i in range(10))
    drawn = numbers(buffer.draw(4)) + numbers(buffer.draw(6))
    assert sorted(drawn) == list(range(10))
    assert drawn != list(range(10))
    assert sorted(numbers(buffer.draw(10))) == list(range(10))


def test_fresh_samples_begin_a_new_pass() -> None:
    buffer = Buffer(8, seed=0)
    buffer.add(experience(i) for i in range(4))
    buffer.draw(3)
    buffer.add(experience(i) for i in range(4, 8))
    assert sorted(numbers(buffer.draw(8))) == list(range(8))


def test_an_empty_buffer_gives_nothing() -> None:
    buffer = Buffer(8, seed=0)
    buffer.add([])
    assert buffer.draw(5) == []


def test_a_restored_buffer_goes_on_as_the_first_would_have() -> None:
    first, second = Buffer(6, seed=3), Buffer(6, seed=3)
    first.add(experience(i, length=i + 1) for i in range(8))
    first.draw(4)
    second.load_state_dict(first.state_dict())
    ours, theirs = first.draw(9), second.draw(9)
    assert numbers(ours) == numbers(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.token_ids == other.token_ids
        assert torch.equal(one.advantages, other.advantages)


def test_an_empty_buffer_can_be_restored() -> None:
    buffer = Buffer(6, seed=3)
    buffer.load_state_dict(Buffer(6, seed=3).state_dict())
    assert len(buffer) == 0
