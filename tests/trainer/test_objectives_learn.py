"""Every objective makes programs that pass more likely, in a few real rounds and steps."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import torch

from rltf import Problem, Sandbox, TestCase, manager
from rltf.common.stopwatch import Stopwatch
from rltf.critic.model import Critic
from rltf.models.policy import Policy
from rltf.scoring.scorer import Scorer
from rltf.trainer.actor import Actor, TrainedWeights
from rltf.trainer.config import Config
from rltf.trainer.lessons import Lessons
from rltf.trainer.objective import load_objective
from rltf.trainer.rollout import Rollouts
from rltf.trainer.rounds import Rounds
from rltf.trainer.supervised_steps import Supervision
from rltf.trainer.update import Updater

RIGHT, WRONG = "def f(x):\n    return x * 2\n", "def f(x):\n    return y\n"
PROBLEM = Problem("t", "double", [TestCase.call([2], 4)], entry_point="f", solutions=[RIGHT, WRONG])
CONFIG = Config(
    samples_per_problem=16,
    problems_per_round=1,
    micro_batch_size=16,
    max_prompt_tokens=40,
    max_new_tokens=24,
    top_p=1.0,
    baseline="greedy",
)
ROUNDS = 4


@pytest.fixture(scope="module")
def undecided() -> Policy:
    """A policy that writes RIGHT and WRONG about equally often."""
    torch.manual_seed(0)
    policy: Policy = manager.get("policy", "tiny").load()
    supervision = Supervision(
        [PROBLEM],
        lambda each: policy.encode_prompt(each, 40),
        lambda text: policy.encode_target(text, 24),
        noise=0.0,
        noise_ids=[],
        seed=0,
    )
    updater = Updater(
        TrainedWeights(Actor(policy)),
        manager.get("objective", "rltf"),
        learning_rate=3e-3,
        weight_decay=0.0,
        clip_norm=1.0,
        micro_batch_size=8,
    )
    for step in range(40):
        updater.step([], supervision.batch("teach", step, 8), 1.0, seed=step)
    return policy


@pytest.fixture(scope="module")
def executor() -> Iterator[Sandbox]:
    with Sandbox(isolation="program", workers=1) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def critic(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("critic")
    torch.manual_seed(1)
    Critic.on(manager.get("policy", "tiny").load()).save(folder, {})
    return str(folder)


def preference(policy: Policy) -> float:
    """Return log p(RIGHT) - log p(WRONG)."""
    prompt = policy.encode_prompt(PROBLEM, 40)
    with torch.no_grad():
        rows = policy.log_probs(
            [prompt] * 2, [policy.encode_target(text, 24) for text in (RIGHT, WRONG)]
        )[0].sum(1)
    return float(rows[0] - rows[1])


@pytest.mark.parametrize(
    "objective",
    [
        "rltf",
        "coderl",
        "ppo[value_weight=0.1]",
        "grpo",
        "grpo[loss=token,clip_high=0.28,overlong=4,kl=0.04]",
        "grpo[scale=none,loss=constant]",
        "rloo",
    ],
)
def test_programs_that_pass_become_likelier(
    objective: str, undecided: Policy, executor: Sandbox, critic: str
) -> None:
    own = {"critic": critic} if objective == "coderl" else {}
    config = Config(**vars(CONFIG) | own | {"objective": objective})
    policy = copy.copy(undecided)
    policy.model = copy.deepcopy(undecided.model)
    made = load_objective(config)
    actor = Actor.of(policy, made, seed=0)
    scorer = Scorer("coarse,fine,adaptive")
    lessons = Lessons(config, scorer, made, actor)
    if lessons.needs_reference:
        lessons.reference = undecided
    updater = Updater(
        TrainedWeights(actor),
        made,
        learning_rate=1e-3,
        weight_decay=0.0,
        clip_norm=1.0,
        micro_batch_size=16,
    )
    before = preference(policy)
    with Rollouts(
        policy, executor, scorer=scorer, max_prompt_tokens=40, batch_size=16, stopwatch=Stopwatch(0)
    ) as rollouts:
        rounds = Rounds(config, [PROBLEM], rollouts, lessons, Stopwatch(0))
        for step in range(ROUNDS):
            played = rounds.play(step)
            updater.step(played.experiences, [], 1.0, seed=step)
    assert preference(policy) > before + 1.0
