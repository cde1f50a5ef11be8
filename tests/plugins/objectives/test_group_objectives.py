"""grpo, rloo and coderl against their formulas, worked out by hand on samples of two tokens."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

import pytest
import torch

from rltf import Judged, Problem, RewardTerm, Sample, ScoredSample, Verdict, manager
from rltf.critic.model import Critic
from rltf.diagnosis import Diagnosis
from rltf.errors import ConfigError, PluginError
from rltf.trainer.config import Config
from rltf.trainer.objective import Group, Objective, OwnTokens, load_objective

TABLE = [b"", b"a = b\n", b"c"]
PROGRAM = "a = b\nc"
IDS = (1, 2)
WEIGHTS = {"coarse": 2.0, "adaptive": 1.0, "fine": 1.0}
FINE = (RewardTerm(-0.3, start=6, end=7),)
"""The second of two tokens: alpha = 2."""


def scored(
    coarse: float | None,
    adaptive: float | None = None,
    fine: tuple[RewardTerm, ...] = (),
    truncated: bool = False,
) -> ScoredSample:
    terms: dict[str, tuple[RewardTerm, ...] | None] = {
        "coarse": None if coarse is None else (RewardTerm(coarse, baseline=True),),
        "adaptive": None if adaptive is None else (RewardTerm(adaptive, baseline=True),),
        "fine": None if coarse is None else fine,
    }
    sample = Sample("t", PROGRAM, token_ids=IDS, truncated=truncated)
    return ScoredSample(Judged(Problem("t", "p"), sample, Verdict("wrong_answer"), None), terms)


PASSED, FAILED, ERROR = scored(1.0, 1.0), scored(-0.3, 0.35), scored(-0.6, fine=FINE)
UNSCORED = scored(None)
GROUP = [PASSED, FAILED, ERROR, UNSCORED]


def advantages(objective: Objective, samples: list[ScoredSample], **more: Any) -> list[Any]:
    rows = objective.advantages(Group(samples, None, TABLE, WEIGHTS, **more))
    return [None if row is None else pytest.approx(row.tolist(), abs=1e-5) for row in rows]


def get(name: str, **options: Any) -> Objective:
    objective: Objective = manager.get("objective", name, **options)
    return objective


def by_hand(mean_of_others: bool) -> list[float]:
    """A_i: coarse compares three programs, with weight 2; adaptive the two that ran."""
    coarse, adaptive = [1.0, -0.3, -0.6], [1.0, 0.35]
    if mean_of_others:
        return [
            2 * (1.0 + 0.45) + (1.0 - 0.35),
            2 * (-0.3 - 0.2) + (0.35 - 1.0),
            2 * (-0.6 - 0.35),
        ]
    mean, ran = statistics.mean(coarse), statistics.mean(adaptive)
    return [2 * (1.0 - mean) + 1.0 - ran, 2 * (-0.3 - mean) + 0.35 - ran, 2 * (-0.6 - mean)]


def test_rloo_compares_each_sample_with_the_others_and_leaves_lines_their_penalty() -> None:
    passed, failed, error = by_hand(mean_of_others=True)
    expected = [[passed] * 2, [failed] * 2, [error, error - 0.6], None]
    assert advantages(get("rloo"), GROUP) == expected
    assert advantages(get("rloo"), [ERROR, UNSCORED]) == [[0.0, -0.6], None]


def test_grpo_divides_by_the_spread_of_the_group() -> None:
    totals = by_hand(mean_of_others=False)
    passed, failed, error = (total / statistics.stdev(totals) for total in totals)
    expected = [[passed] * 2, [failed] * 2, [error, error - 0.6], None]
    assert advantages(get("grpo"), GROUP) == expected
    passed, failed, error = totals
    expected = [[passed] * 2, [failed] * 2, [error, error - 0.6], None]
    assert advantages(get("grpo", scale="none"), GROUP) == expected


@pytest.mark.parametrize("name", ["grpo", "rloo"])
def test_a_group_that_fails_alike_is_taught_by_its_lines_alone(name: str) -> None:
    assert advantages(get(name), [ERROR] * 3) == [[0.0, -0.6]] * 3
    assert advantages(get(name), [FAILED] * 3) == [[0.0, 0.0]] * 3


def test_grpo_shapes_the_last_tokens_before_the_limit_and_can_drop_what_was_cut() -> None:
    # Of 4 allowed tokens, the last 4 are the soft interval: a sample of 2 pays 2/4.
    shaped = get("grpo", scale="none", overlong=4, max_new_tokens=4)
    long = scored(1.0, 1.0)
    short = ScoredSample(
        Judged(Problem("t", "p"), Sample("t", "a = b\n", token_ids=(1,)), Verdict("passed"), None),
        long.terms,
    )
    # penalties -0.5 and -0.25, whose mean is -0.375
    assert advantages(shaped, [long, short]) == [[-0.125] * 2, [0.125]]
    cut = scored(-1.0, truncated=True)
    assert advantages(get("grpo", scale="none"), [cut, PASSED, FAILED])[0] is not None
    kept = advantages(get("grpo", scale="none", truncated="drop"), [cut, PASSED, FAILED])
    assert kept == [None, [1.625] * 2, [-1.625] * 2]


THEN = torch.tensor([[-1.0, -2.0, -1.0], [-1.5, 0.0, 0.0]])
NOW = THEN + torch.log(torch.tensor([[1.5, 0.5, 1.1], [1.25, 1.0, 1.0]]))
ADVANTAGES = torch.tensor([[2.0, -1.0, 1.0], [-3.0, 0.0, 0.0]])
PRESENT = torch.tensor([[True, True, True], [True, False, False]])


def batch(**more: Any) -> OwnTokens:
    return OwnTokens(NOW, PRESENT, 4, ADVANTAGES, THEN, samples_in_step=2, **more)


# -min(r A, clip(r) A) with clip 0.2: 1.2 * 2, max(0.5, 0.8) * -1, 1.1 * 1; 1.25 * -3
FIRST, SECOND = [-2.4, 0.8, -1.1], 3.75


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (sum(FIRST) / 3 + SECOND) / 2),
        ({"loss": "token"}, (sum(FIRST) + SECOND) / 4),
        ({"loss": "constant", "max_new_tokens": 8}, (sum(FIRST) + SECOND) / 16),
        ({"loss": "token", "clip_high": 0.28}, (sum(FIRST) - 0.16 + SECOND) / 4),
    ],
)
def test_grpo_clips_the_ratio_and_takes_the_mean_that_is_asked_for(
    options: dict[str, Any], expected: float
) -> None:
    assert get("grpo", **options).policy_loss(batch()).item() == pytest.approx(expected)


def test_grpo_adds_the_distance_from_the_reference_policy() -> None:
    objective = get("grpo", loss="token", kl=0.04)
    assert objective.needs_reference  # type: ignore[attr-defined]
    log_ratios = torch.tensor([[0.5, -0.2, 0.0], [0.3, 0.0, 0.0]])
    loss = objective.policy_loss(batch(reference_log_probs=NOW + log_ratios)).item()
    distance = sum(math.exp(d) - d - 1 for d in (0.5, -0.2, 0.0, 0.3))
    assert loss == pytest.approx((sum(FIRST) + SECOND + 0.04 * distance) / 4)


def test_rloo_weighs_older_tokens_by_how_likely_they_still_are() -> None:
    # rho: 1, 0.5, 1; 1
    log_probs = NOW.tolist()
    expected = 2 * log_probs[0][0] - 0.5 * log_probs[0][1] + log_probs[0][2] - 3 * log_probs[1][0]
    assert get("rloo").policy_loss(batch()).item() == pytest.approx(-expected / 4)


def test_coderl_weighs_tokens_by_the_critic_and_compares_with_the_greedy_program(
    tmp_path: Path,
) -> None:
    torch.manual_seed(0)
    critic = Critic.on(manager.get("policy", "tiny").load())
    critic.save(tmp_path, {})
    objective = get("coderl", critic=str(tmp_path))
    judged = Judged(
        Problem("t", "p"),
        Sample("t", PROGRAM, token_ids=IDS),
        Verdict("runtime_error"),
        Diagnosis("error"),
    )
    sample = ScoredSample(judged, ERROR.terms)
    weights = dict(critic.token_weights(judged))
    # the mean over the characters of each of the sample's tokens
    steps = [weights[max(at for at in weights if at <= character)] for character in range(7)]
    first, second = statistics.mean(steps[:6]), steps[6]
    relative = 2 * (-0.6 - 1.0)
    expected = [first * relative, second * (relative - 0.6)]
    assert advantages(objective, [sample, UNSCORED], greedy=PASSED) == [expected, None]
    assert advantages(objective, [sample], greedy=UNSCORED) == [None]
    assert advantages(objective, [sample]) == [None]
    with pytest.raises(PluginError, match="objective 'coderl' needs a critic"):
        get("coderl")


def test_options_are_written_as_those_of_rewards() -> None:
    config = Config(objective="grpo[scale=none, clip_high=0.28,loss=token]", max_new_tokens=7)
    objective = load_objective(config)
    assert vars(objective) == vars(
        get("grpo", scale="none", clip_high=0.28, loss="token", max_new_tokens=7)
    )
    with pytest.raises(PluginError, match="'scale' of objective 'grpo' must be group or none"):
        load_objective(Config(objective="grpo[scale=std]"))
    with pytest.raises(PluginError, match="must be NAME or NAME"):
        load_objective(Config(objective="grpo[scale"))
    with pytest.raises(ConfigError, match="set samples_per_problem to 2 or more, not 1"):
        load_objective(Config(objective="rloo", samples_per_problem=1))
