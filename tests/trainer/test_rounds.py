"""Rounds, evaluation and updates together: a policy that was taught three programs, judged for real."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rltf import (
    Judged,
    Problem,
    Sample,
    Sandbox,
    ScoredSample,
    TestCase,
    TestOutcome,
    Verdict,
    manager,
)
from rltf.common.stopwatch import Stopwatch
from rltf.errors import RunError
from rltf.models.policy import Policy
from rltf.scoring.scorer import Scorer
from rltf.trainer.actor import Actor, TrainedWeights
from rltf.trainer.config import Config, ConfigError
from rltf.trainer.evaluation import Evaluation, evaluate
from rltf.trainer.lessons import Lessons, Round
from rltf.trainer.objective import Group, Objective
from rltf.trainer.reference_policy import load_reference, save_reference
from rltf.trainer.rollout import Rollouts
from rltf.trainer.rounds import Rounds
from rltf.trainer.run_folder import RunFolder
from rltf.trainer.supervised_steps import Supervision
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
        noise=0.0,
        noise_ids=[],
        seed=0,
    )
    updater = Updater(
        TrainedWeights(Actor(policy)),
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
    with (
        Sandbox(isolation="program") as sandbox,
        Rollouts(
            taught,
            sandbox,
            scorer=Scorer("coarse,fine,adaptive"),
            max_prompt_tokens=40,
            batch_size=4,
            stopwatch=Stopwatch(0.0),
        ) as started,
    ):
        yield started


def make_rounds(
    config: Config,
    problems: list[Problem],
    rollouts: Rollouts,
    objective: Objective,
    policy: Policy,
) -> Rounds:
    lessons = Lessons(config, rollouts.scorer, objective, Actor(policy))
    return Rounds(config, problems, rollouts, lessons, Stopwatch(0.0))


@pytest.fixture
def rounds(taught: Policy, rollouts: Rollouts, objective: Objective) -> Rounds:
    return make_rounds(CONFIG, PROBLEMS, rollouts, objective, taught)


def test_supervised_steps_teach_what_the_greedy_programs_then_show(rollouts: Rollouts) -> None:
    greedy = evaluate(rollouts, PROBLEMS, CONFIG, 0)
    statuses = {"passed": 1, "runtime_error": 1, "wrong_answer": 1}
    assert greedy == Evaluation(pytest.approx(1 / 3), statuses, (0.0, 1.0))
    assert greedy.describe() == "pass@1 33.3% (0.0% to 100.0%)"
    sampled = evaluate(rollouts, PROBLEMS, replace(CONFIG, eval_samples=4, eval_k="1,4"), 0)
    assert sampled.pass_at_k is not None
    rates = {k: each["value"] for k, each in sampled.pass_at_k.items()}
    assert list(rates) == ["1", "4"]
    assert 0 < rates["1"] <= rates["4"] <= 1 / 3 + 1e-9
    assert sampled == evaluate(rollouts, PROBLEMS, replace(CONFIG, eval_samples=4, eval_k="1,4"), 0)


def test_results_come_in_the_order_of_the_problems(taught: Policy, rollouts: Rollouts) -> None:
    from rltf.sampling_options import Sampling

    many = PROBLEMS * 4
    pending = rollouts.start(many, sampling=Sampling(0.0, 1.0, 24), copies=2, seed=0, policy_step=7)
    groups = pending.result()
    assert [[s.sample.task_id for s in group] for group in groups] == [
        [p.task_id] * 2 for p in many
    ]
    for group, problem in zip(groups, many, strict=True):
        for index, scored in enumerate(group):
            assert scored.sample.program == problem.solutions[0]
            assert (scored.sample.index, scored.sample.policy_step) == (index, 7)
            spelled = b"".join(taught.token_table[i] for i in scored.sample.token_ids)
            assert spelled.decode() == scored.sample.program


def test_equal_samples_are_one_experience_with_their_advantages_added(
    taught: Policy, rollouts: Rollouts, objective: Objective
) -> None:
    config = replace(CONFIG, problems_per_round=3, samples_per_problem=40)
    rounds = make_rounds(config, PROBLEMS, rollouts, objective, taught)
    played = rounds.play(policy_step=3)
    expected: dict[tuple[tuple[int, ...], ...], torch.Tensor] = {}
    for greedy in played.greedy:
        of_problem = [s for s in played.samples if s.sample.task_id == greedy.sample.task_id]
        weights = {"coarse": 1.0, "fine": 1.0, "adaptive": 1.0}
        group = Group(of_problem, greedy.baselines, taught.token_table, weights)
        for scored, advantage in zip(of_problem, objective.advantages(group), strict=True):
            assert advantage is not None
            key = (scored.sample.prompt_ids, scored.sample.token_ids)
            expected[key] = expected.get(key, torch.zeros(len(advantage))) + advantage
    silent = [key for key, advantage in expected.items() if not advantage.any()]
    assert 0 < len(silent) < len(expected) < len(played.samples)
    assert len(played.experiences) == len(expected) - len(silent)
    for experience in played.experiences:
        key = (experience.prompt_ids, experience.token_ids)
        torch.testing.assert_close(experience.advantages, expected[key])
        with torch.no_grad():
            of_problem = taught.log_probs([experience.prompt_ids], [experience.token_ids])[0]
        torch.testing.assert_close(experience.log_probs, of_problem[0], atol=1e-4, rtol=1e-4)
        assert experience.policy_step == 3


GUARDED = Problem(
    "right",
    "double",
    tests=[TestCase.assertion("assert f(2) == 4", guarded=True)],
    entry_point="f",
)


def test_guarded_samples_teach_only_when_that_is_asked_for(
    taught: Policy, rollouts: Rollouts, objective: Objective
) -> None:
    config = replace(CONFIG, problems_per_round=2, samples_per_problem=20)
    problems = [GUARDED, WRONG]
    apart = make_rounds(config, problems, rollouts, objective, taught)
    played = apart.play(0)
    guarded = [each for each in played.samples if each.sample.task_id == "right"]
    assert len(guarded) == played.metrics()["guarded_left_out"] == apart.guarded_left_out == 20
    assert {each.verdict.judging for each in guarded} == {"guarded"}
    assert {value for each in guarded for value in each.rewards.values()} == {None}
    prompts = {each.sample.prompt_ids for each in guarded}
    assert played.experiences
    assert prompts.isdisjoint(each.prompt_ids for each in played.experiences)
    again = make_rounds(config, problems, rollouts, objective, taught)
    again.load_state_dict(apart.state_dict())
    assert again.guarded_left_out == 20
    asked = replace(config, train_on_guarded=True)
    together = make_rounds(asked, problems, rollouts, objective, taught).play(0)
    assert together.metrics()["guarded_left_out"] == 0
    assert {each.prompt_ids for each in together.experiences} & prompts


def test_a_round_with_nothing_but_guarded_samples_ends_the_run(
    taught: Policy, rollouts: Rollouts, objective: Objective
) -> None:
    rounds = make_rounds(CONFIG, [GUARDED], rollouts, objective, taught)
    with pytest.raises(RunError, match="--set train_on_guarded=true"):
        rounds.play(0)


def test_tokens_pay_for_what_the_reference_policy_would_not_have_written(
    taught: Policy, rollouts: Rollouts, objective: Objective
) -> None:
    config = replace(CONFIG, problems_per_round=3, samples_per_problem=40)
    beta = rollouts.scorer.reference_kl = 0.5
    other = copy.copy(taught)
    other.model = copy.deepcopy(taught.model)
    with torch.no_grad():
        for weights in other.model.parameters():
            weights.mul_(0.9)
    free = make_rounds(config, PROBLEMS, rollouts, objective, taught)
    bound = make_rounds(config, PROBLEMS, rollouts, objective, taught)
    bound._lessons.reference = other
    without, played = free.play(0), bound.play(0)
    assert without.metrics()["kl"] is None
    copies = Counter((s.sample.prompt_ids, s.sample.token_ids) for s in played.samples)
    assert max(copies.values()) > 1
    free_of = {(each.prompt_ids, each.token_ids): each for each in without.experiences}
    assert 0 < len(free_of) < len(played.experiences) == len(copies)
    ratios = []
    for nearer in played.experiences:
        row = (nearer.prompt_ids, nearer.token_ids)
        with torch.no_grad():
            reference = other.log_probs([row[0]], [row[1]])[0][0]
        ratios.append(nearer.log_probs - reference)
        plain = free_of[row].advantages if row in free_of else torch.zeros(len(row[1]))
        expected = plain - beta * copies[row] * ratios[-1]
        torch.testing.assert_close(nearer.advantages, expected, atol=1e-3, rtol=1e-3)
    assert played.metrics()["kl"] == pytest.approx(float(torch.cat(ratios).mean()), rel=1e-3)


def test_a_reference_policy_is_kept_with_the_run(taught: Policy, tmp_path: Path) -> None:
    moving = copy.copy(taught)
    moving.model = copy.deepcopy(taught.model)
    with RunFolder(tmp_path, CONFIG) as folder:
        with pytest.raises(ConfigError, match=r"reference\.pt is gone"):
            load_reference(folder, taught)
        saved = save_reference(folder, moving)
        with torch.no_grad():
            next(moving.model.parameters()).add_(1.0)
        loaded = load_reference(folder, moving)
    for reference in (saved, loaded):
        ours = reference.model.state_dict()
        assert all(
            torch.equal(ours[name], each) for name, each in taught.model.state_dict().items()
        )
        assert not any(weights.requires_grad for weights in reference.model.parameters())


def test_a_round_takes_up_where_the_last_one_stopped(rounds: Rounds) -> None:
    seen = [[s.sample.task_id for s in rounds.play(0).greedy] for _ in range(3)]
    assert all(len(set(task_ids)) == len(task_ids) for task_ids in seen)
    assert {*seen[0], *seen[1]} == {"right", "wrong", "broken"}


def test_of_the_candidates_only_those_are_sampled_that_greedy_does_not_solve(
    taught: Policy, rollouts: Rollouts, objective: Objective
) -> None:
    config = replace(CONFIG, candidates_per_round=3, problems_per_round=1)
    played = make_rounds(config, PROBLEMS, rollouts, objective, taught).play(0)
    assert {s.sample.task_id for s in played.greedy} == {"right", "wrong", "broken"}
    sampled = {s.sample.task_id for s in played.samples}
    assert len(sampled) == 1
    assert "right" not in sampled
    solved = make_rounds(config, [RIGHT], rollouts, objective, taught).play(0)
    assert (len(solved.greedy), solved.samples, solved.experiences) == (1, [], [])
    assert solved.metrics()["pass_rate"] is None


def test_a_round_repeats_itself_and_differs_from_the_next(
    rounds: Rounds, taught: Policy, rollouts: Rollouts, objective: Objective
) -> None:
    first = programs(rounds.play(0))
    state = rounds.state_dict()
    second = programs(rounds.play(0))
    again = make_rounds(CONFIG, PROBLEMS, rollouts, objective, taught)
    assert programs(again.play(0)) == first != second
    resumed = make_rounds(CONFIG, PROBLEMS, rollouts, objective, taught)
    resumed.load_state_dict(state)
    assert programs(resumed.play(0)) == second
    assert resumed.state_dict() == rounds.state_dict()


def programs(played: Round) -> list[str]:
    return [scored.sample.program for scored in played.samples]


class Failing:
    """Stands for a sandbox that fails, which the real one cannot be asked to do."""

    def judge_many(self, items: Iterator[tuple[Problem, str]]) -> Iterator[Verdict]:
        for problem, _ in items:
            yield (
                Verdict.unscored("the disk is full")
                if problem.task_id != "right"
                else Verdict("passed")
            )


def test_unscored_samples_are_counted_and_not_learned_from(
    rounds: Rounds, rollouts: Rollouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "_executor", Failing())
    monkeypatch.setattr(rounds, "_problems", [RIGHT, WRONG])
    played = rounds.play(0)
    assert (rounds.unscored, rounds.samples) == (6, 12)
    assert played.metrics()["pass_rate"] == 1.0
    assert played.metrics()["statuses"] == {"passed": 5, "unscored": 5}
    assert played.experiences == []
    assert {row["rewards"]["coarse"] for row in played.lines()} == {1.0, None}
    assert evaluate(rollouts, [RIGHT, WRONG], CONFIG, 0).pass_at_1 == 1.0
    assert evaluate(rollouts, [WRONG], CONFIG, 0).pass_at_1 is None


def test_a_round_without_any_verdict_stops_the_run(
    rounds: Rounds, rollouts: Rollouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "_executor", Failing())
    monkeypatch.setattr(rounds, "_problems", [WRONG, BROKEN])
    with pytest.raises(RunError, match=r"none of the 12 programs .* the disk is full"):
        rounds.play(0)


def test_the_gap_between_visible_and_hidden_tests_is_a_metric() -> None:
    tests = [TestCase.call([1], 1, visible=True), TestCase.call([2], 2), TestCase.call([3], 3)]
    problem = Problem("t", "", tests, entry_point="f")
    outcomes = [TestOutcome("passed"), TestOutcome("passed"), TestOutcome("wrong_answer")]
    judged = Judged(problem, Sample("t", "x"), Verdict.of(outcomes), None)
    assert Round([ScoredSample(judged, {})], [], [], {}, {}).metrics()["visible_gap"] == 0.5
    hidden = Judged(
        replace(problem, tests=tests[1:]), Sample("t", "x"), Verdict.of(outcomes[1:]), None
    )
    assert Round([ScoredSample(hidden, {})], [], [], {}, {}).metrics()["visible_gap"] is None


def test_the_entropy_of_a_round_is_the_mean_surprise_of_its_tokens() -> None:
    def scored(*log_probs: float) -> ScoredSample:
        sample = Sample("t", "pass", log_probs=log_probs)
        return ScoredSample(
            Judged(Problem("t", ""), sample, Verdict.of([TestOutcome("passed")]), None), {}
        )

    def entropy(*samples: ScoredSample) -> object:
        return Round(samples, [], [], {}, {}).metrics()["entropy"]

    assert entropy(scored(-1.0, -2.0), scored(-6.0)) == 3.0
    assert entropy(scored()) is None
