"""Rounds, evaluation and updates together: a policy that was taught three programs, judged for real."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from rltf import Problem, TestCase, Verdict, manager
from rltf.trainer.config import Config
from rltf.trainer.evaluate import Evaluation, evaluate
from rltf.trainer.objective import Objective
from rltf.trainer.policy import Policy
from rltf.trainer.rollout import Rollouts
from rltf.trainer.rounds import Round, Rounds, RunError
from rltf.trainer.stopwatch import Stopwatch
from rltf.trainer.supervision import Supervision
from rltf.trainer.update import Updater

CONFIG = Config(
    problems_per_round=2,
    samples_per_problem=5,
    temperature=1.5,
    top_p=1.0,
    max_prompt_tokens=40,
    max_new_tokens=24,
)


def problem(task_id: str, prompt: str, expected: int, taught: str) -> Problem:
    test = TestCase.call([2], expected)
    return Problem(task_id, prompt, tests=[test], entry_point="f", solutions=[taught])


RIGHT = problem("right", "double", 4, "def f(x):\n    return x * 2\n")
WRONG = problem("wrong", "square and add", 5, "def f(x):\n    return x\n")
BROKEN = problem("broken", "sum the list", 1, "def f(x):\n    return y\n")
PROBLEMS = [RIGHT, WRONG, BROKEN]


@pytest.fixture(scope="module")
def objective() -> Objective:
    made: Objective = manager.get("objective", "rltf")
    return made


@pytest.fixture(scope="module")
def taught(objective: Objective) -> Policy:
    """A policy that answers RIGHT rightly, WRONG wrongly, and BROKEN with an error."""
    torch.manual_seed(0)
    policy: Policy = manager.get("policy", "tiny").load()
    supervision = Supervision(
        PROBLEMS,
        lambda each: policy.encode_prompt(each, 40),
        lambda text: policy.encode_target(text, 24),
        seed=0,
    )
    updater = Updater(
        policy,
        objective,
        learning_rate=3e-3,
        weight_decay=0.0,
        clip_norm=1.0,
        micro_batch_size=2,
    )
    for step in range(40):
        updater.step([], supervision.batch("teach", step, 3), 1.0, seed=step)
    return policy


@pytest.fixture
def rollouts(taught: Policy) -> Iterator[Rollouts]:
    with Rollouts(
        taught,
        rewards=("coarse", "fine", "adaptive"),
        classifier="rltf",
        isolation="program",
        max_prompt_tokens=40,
        batch_size=4,
        stopwatch=Stopwatch(0.0),
    ) as started:
        yield started


@pytest.fixture
def rounds(taught: Policy, rollouts: Rollouts, objective: Objective) -> Rounds:
    return Rounds(CONFIG, PROBLEMS, rollouts, objective, taught.token_table)


def test_supervised_steps_teach_what_the_greedy_programs_then_show(rollouts: Rollouts) -> None:
    assert evaluate(rollouts, PROBLEMS, 24, 0) == Evaluation(
        1 / 3, {"passed": 1, "runtime_error": 1, "wrong_answer": 1}
    )


def test_results_come_in_the_order_of_the_problems(taught: Policy, rollouts: Rollouts) -> None:
    from rltf.trainer.generate import Sampling

    many = PROBLEMS * 4
    pending = rollouts.start(many, sampling=Sampling(0.0, 1.0, 24), copies=2, seed=0, policy_step=7)
    groups = pending.result()
    assert [[s.sample.task_id for s in own] for own in groups] == [[p.task_id] * 2 for p in many]
    for own, asked in zip(groups, many, strict=True):
        for index, scored in enumerate(own):
            assert scored.sample.program == asked.solutions[0]
            assert (scored.sample.index, scored.sample.policy_step) == (index, 7)
            spelled = b"".join(taught.token_table[i] for i in scored.sample.token_ids)
            assert spelled.decode() == scored.sample.program


def test_advantages_are_relative_to_the_greedy_program(rounds: Rounds) -> None:
    played = [rounds.play(policy_step=3) for _ in range(3)]
    greedy = {s.sample.task_id: s for each in played for s in each.greedy}
    assert set(greedy) == {"right", "wrong", "broken"}
    samples = [scored for each in played for scored in each.samples]
    experiences = [e for each in played for e in each.experiences]
    expected = 0
    for scored in samples:
        reward, base = scored.rewards, greedy[scored.sample.task_id].rewards
        total = sum((reward[n] or 0.0) - (base[n] or 0.0) for n in ("coarse", "adaptive"))
        expected += bool(abs(total) > 1e-6 or reward["fine"])
    assert len(experiences) == expected > 0
    assert {e.policy_step for e in experiences} == {3}
    right = [s.rewards for s in samples if s.sample.task_id == "right" and s.verdict.passed]
    assert right, "some sample repeats the greedy program"


def test_a_round_takes_up_where_the_last_one_stopped(rounds: Rounds) -> None:
    seen = [[s.sample.task_id for s in rounds.play(0).greedy] for _ in range(3)]
    assert all(len(set(own)) == len(own) for own in seen)
    assert {*seen[0], *seen[1]} == {"right", "wrong", "broken"}


def test_a_round_repeats_itself_and_differs_from_the_next(
    rounds: Rounds, taught: Policy, rollouts: Rollouts, objective: Objective
) -> None:
    first, second = programs(rounds.play(0)), programs(rounds.play(0))
    again = Rounds(CONFIG, PROBLEMS, rollouts, objective, taught.token_table)
    assert programs(again.play(0)) == first != second
    resumed = Rounds(CONFIG, PROBLEMS, rollouts, objective, taught.token_table)
    resumed.load_state_dict({"played": 1, "samples": 10, "unscored": 0})
    assert programs(resumed.play(0)) == second
    assert resumed.state_dict() == rounds.state_dict()


def programs(played: Round) -> list[str]:
    return [scored.sample.program for scored in played.samples]


class Failing:
    """Stands for a sandbox that fails, which the real one cannot be asked to do."""

    def judge_many(self, items: Iterator[tuple[Problem, str]]) -> Iterator[Verdict]:
        for asked, _ in items:
            yield (
                Verdict.unscored("the disk is full")
                if asked.task_id != "right"
                else Verdict("passed")
            )


def test_unscored_samples_are_counted_and_not_learned_from(
    rounds: Rounds, rollouts: Rollouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "_sandbox", Failing())
    monkeypatch.setattr(rounds, "_problems", [RIGHT, WRONG])
    played = rounds.play(0)
    assert (played.unscored, rounds.unscored, rounds.samples) == (5, 5, 10)
    assert played.metrics()["pass_rate"] == 1.0
    assert played.metrics()["statuses"] == {"passed": 5, "unscored": 5}
    assert played.experiences == []
    assert {row["rewards"]["coarse"] for row in played.rows()} == {1.0, None}
    assert evaluate(rollouts, [RIGHT, WRONG], 24, 0).pass_at_1 == 1.0
    assert evaluate(rollouts, [WRONG], 24, 0).pass_at_1 is None


def test_a_round_without_any_verdict_stops_the_run(
    rounds: Rounds, rollouts: Rollouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "_sandbox", Failing())
    monkeypatch.setattr(rounds, "_problems", [WRONG, BROKEN])
    with pytest.raises(RunError, match=r"none of the 10 samples .* the disk is full"):
        rounds.play(0)
