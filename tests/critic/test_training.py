"""A critic learns what there is to learn, and the same again."""

from __future__ import annotations

import numpy as np
import pytest

from rltf.critic.training import Training, accuracy, find_base, new_critic, train
from rltf.critic.training_data import Example, SampledProgram, examples
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.verdict import Status


def programs() -> list[SampledProgram]:
    """Right programs, and the same without a bracket: a small model can tell them apart."""
    made = []
    for number in range(30):
        problem = Problem(f"p{number}", f"Write f(x): add {number}.")
        lines = [f"print(input() + {number})\n", f"def f(x):\n    return x + (1 + {number})\n"]
        texts: list[tuple[str, Status]] = [(line, "passed") for line in lines]
        texts += [(line[:-2] + "\n", "syntax_error") for line in lines]
        texts += [(f"print({number})\n", "wrong_answer")]
        made += [SampledProgram(problem, text, status) for text, status in texts]
    return made


def test_it_tells_syntax_errors_from_programs_that_pass(base: str) -> None:
    chosen = examples(programs(), seed=0)
    critic = new_critic(find_base(base), seed=0)
    training = Training(epochs=8, batch_size=16, learning_rate=5e-3)
    before = accuracy(critic, chosen.held_out)
    losses = list(train(critic, chosen.train, training))
    after = accuracy(critic, chosen.held_out)
    assert sum(losses[-5:]) < sum(losses[:5]) / 2
    assert after["programs"] == 15
    assert after["commonest"] == 0.4
    assert before["accuracy"] < after["accuracy"]
    assert after["accuracy"] > after["commonest"] + 0.2


@pytest.mark.parametrize("option", ["epochs", "batch_size", "learning_rate"])
def test_an_option_out_of_its_range_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match=f"training: {option} must be a .*, not 0"):
        Training(**{option: 0})  # type: ignore[arg-type]


def test_the_same_seed_makes_the_same_critic(base: str) -> None:
    problem = Problem("p", "Write f(x): add 1.")
    few = [Example(problem, "print(1)\n", 3), Example(problem, "print(1\n", 0)]
    readings = []
    for seed in (0, 0, 1):
        critic = new_critic(find_base(base), seed)
        losses = list(train(critic, few, Training(epochs=2, batch_size=1, seed=seed)))
        assert len(losses) == 4
        (reading,) = critic.read([(problem, Sample("p", "print(1)\n"))])
        readings.append(reading.tokens)
    np.testing.assert_array_equal(readings[0], readings[1])
    assert np.abs(readings[0] - readings[2]).max() > 1e-4
