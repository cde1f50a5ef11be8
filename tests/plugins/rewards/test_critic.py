"""CodeRL's reward, by hand: (r(W) - r(W_baseline)) * q_t."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from rltf import manager
from rltf.critic.model import Critic
from rltf.diagnosis import Category, Diagnosis
from rltf.manager import PluginError
from rltf.models.policy import Policy
from rltf.plugins.policies.tiny import codegen, train_tokenizer
from rltf.problem import Problem
from rltf.reward import Judged
from rltf.sample import Sample
from rltf.scoring.scorer import Scorer
from rltf.spans import TokenMap, token_rewards
from rltf.verdict import TestOutcome, Verdict

PROBLEM = Problem("t", "Print 1.")
PROGRAM = "print(1)\n"
SCORES = torch.tensor([0.0, 1.0, 2.0, 3.0])
"""Of the four outcomes, at every token."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A critic that says the same of every token."""
    made = tmp_path_factory.mktemp("critic")

    def build() -> tuple[object, object]:
        tokenizer = train_tokenizer(iter([PROGRAM]))
        return codegen(len(tokenizer), tokenizer.eos_token_id), tokenizer

    critic = Critic.on(Policy("test", build, "plain").load())
    with torch.no_grad():
        critic.head[2].weight.zero_()
        critic.head[2].bias.copy_(SCORES)
    critic.save(made, {})
    return made


@pytest.mark.parametrize(
    ("category", "outcome", "value"),
    [("syntax_error", 0, -1.0), ("error", 1, -0.6), ("failure", 2, -0.3), ("pass", 3, 1.0)],
)
def test_the_value_of_the_outcome_weighed_by_its_probability(
    folder: Path, category: Category, outcome: int, value: float
) -> None:
    reward = manager.get("reward", "critic", critic=str(folder))
    # In ids of its own: a token a byte, and the end.
    policy: Policy = manager.get("policy", f"hf:{folder}").load()
    ids = [policy.token_table.index(bytes([byte])) for byte in PROGRAM.encode()]
    sample = Sample("t", PROGRAM, token_ids=(*ids, policy.end_id))
    verdict = Verdict.of([TestOutcome("wrong_answer")])  # the diagnosis decides
    (term,) = reward(Judged(PROBLEM, sample, verdict, Diagnosis(category)))
    assert (term.value, term.baseline) == (value, True)
    assert (term.start, term.end) == (None, None)
    q = float(torch.softmax(SCORES, 0)[outcome])
    token_map = TokenMap([policy.token_table[i] for i in sample.token_ids], PROGRAM)
    tokens = token_rewards({"critic": [term]}, token_map, baselines={"critic": -0.3})
    np.testing.assert_allclose(tokens, np.full(len(PROGRAM) + 1, q * (value + 0.3)), atol=1e-6)


def test_the_runs_critic_reaches_it(folder: Path) -> None:
    scorer = Scorer("critic", shared={"critic": str(folder), "mode": "paper"})
    scored = scorer(PROBLEM, Sample("t", PROGRAM), Verdict.of([TestOutcome("passed")]))
    assert scored.rewards == {"critic": 1.0}
    unscored = scorer(PROBLEM, Sample("t", PROGRAM), Verdict.unscored("no memory"))
    assert unscored.rewards == {"critic": None}


def test_without_a_critic_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"needs a critic.*rltf critic train"):
        manager.get("reward", "critic")
    with pytest.raises(PluginError, match="holds no critic"):
        manager.get("reward", "critic", critic=str(tmp_path))
