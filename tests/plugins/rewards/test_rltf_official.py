"""Mode ``official``: what RLTF's released code computes, by hand.

reward_t = q_t * ((R - t_t) - R_baseline), with t_t = 0.3 on the tokens of the line at fault.
"""

import pytest
import torch

from rltf import Diagnosis, Judged, Problem, RewardTerm, Sample, TestOutcome, Verdict, manager
from rltf.manager import PluginError
from rltf.plugins.rewards.rltf import OfficialAdaptive
from rltf.reward import ScoredSample
from rltf.scoring.scorer import Scorer
from rltf.trainer.objective import Group, OwnTokens

PROGRAM = "a = 1\nb = c\n"
TABLE = [b"", b"a = 1\n", b"b", b" = ", b"c\n"]
IDS = (1, 2, 3, 4, 0)
Q = ((0, 0.5), (6, 0.25), (7, 1.0))
"""0.5 for the first line, 0.25 for ``b``, 1 from there on."""


def judged(diagnosis, *statuses):
    verdict = Verdict.of([TestOutcome(status) for status in statuses])
    return Judged(Problem("t", "…"), Sample("t", PROGRAM, token_ids=IDS), verdict, diagnosis)


@pytest.mark.parametrize(
    ("diagnosis", "statuses", "value"),
    [
        (Diagnosis("pass"), ["passed", "passed"], 1.0),
        (Diagnosis("failure"), ["passed", "wrong_answer"], 0.35),
        (Diagnosis("failure"), ["wrong_answer", "wrong_answer"], -0.3),
        (Diagnosis("error", "KeyError"), ["passed", "runtime_error"], -0.6),
        (Diagnosis("syntax_error"), ["syntax_error", "syntax_error"], -1.0),
    ],
)
def test_adaptive_is_coarse_with_the_share_of_passed_tests_in_it(diagnosis, statuses, value):
    (term,) = manager.get("reward", "adaptive", mode="official")(judged(diagnosis, *statuses))
    assert term == RewardTerm(pytest.approx(value), baseline=True)


def test_adaptive_takes_the_place_of_coarse():
    official = Scorer("coarse,fine,adaptive", shared={"mode": "official"})
    assert official.weights == {"coarse": 0.0, "fine": 1.0, "adaptive": 1.0}
    paper = Scorer("coarse,fine,adaptive", shared={"mode": "paper"})
    assert paper.weights == {"coarse": 1.0, "fine": 1.0, "adaptive": 1.0}


def test_fine_is_the_plain_penalty_however_short_the_line():
    fine = manager.get("reward", "fine", mode="official")
    broke = judged(Diagnosis("error", "NameError", "line", (2, 2)), "runtime_error")
    assert fine(broke) == (RewardTerm(-0.3, 6, 11, alpha=False),)


@pytest.mark.parametrize("name", ["coarse", "fine", "adaptive"])
def test_another_mode_is_an_error(name):
    with pytest.raises(
        PluginError, match=f"the option 'mode' of reward '{name}' must be paper or official"
    ):
        Scorer(f"{name}[mode=other]")


def test_every_token_weighs_what_the_critic_says():
    broke = judged(Diagnosis("error", "NameError", "line", (2, 2)), "runtime_error")
    terms = {
        "fine": (RewardTerm(-0.3, 6, 11, alpha=False, weights=Q),),
        "adaptive": OfficialAdaptive(lambda _: Q)(broke),
    }
    objective = manager.get("objective", "rltf", mode="official")
    scored = ScoredSample(broke, terms)
    (row,) = objective.advantages(
        Group([scored], {"fine": 0.0, "adaptive": 0.35}, TABLE, {"fine": 1.0, "adaptive": 1.0})
    )
    whole, line = -0.6 - 0.35, -0.6 - 0.3 - 0.35
    expected = [0.5 * whole, 0.25 * line, line, line, whole]
    assert row.tolist() == pytest.approx(expected)


def test_without_a_baseline_program_the_reward_is_compared_with_nothing():
    broke = judged(Diagnosis("error", "NameError"), "runtime_error")
    objective = manager.get("objective", "rltf", mode="official")
    scored = ScoredSample(broke, {"adaptive": (RewardTerm(-0.6, baseline=True),)})
    (row,) = objective.advantages(Group([scored], None, TABLE, {}))
    assert row.tolist() == pytest.approx([-0.6] * 5)


def test_older_tokens_weigh_as_much_as_fresh_ones():
    log_probs = torch.tensor([[-1.0, -2.0]])
    batch = OwnTokens(
        log_probs, torch.ones(1, 2, dtype=torch.bool), 2, torch.tensor([[1.0, -0.5]]), log_probs + 3
    )
    loss = manager.get("objective", "rltf", mode="official").policy_loss(batch)
    assert loss.item() == pytest.approx(-(-1.0 + 1.0) / 2)


def test_another_mode_of_the_objective_is_an_error():
    with pytest.raises(
        PluginError, match="the option 'mode' of objective 'rltf' must be paper or official"
    ):
        manager.get("objective", "rltf", mode="other")
