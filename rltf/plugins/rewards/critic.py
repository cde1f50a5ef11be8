"""CodeRL's reward: one number for the outcome, weighed token by token by a critic."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.manager import PluginError
from rltf.plugins.rewards.coarse import VALUES
from rltf.reward import Judged, Reward, RewardTerm


def make(critic: str | None = None) -> Reward:
    """(r(W) - r(W_baseline)) * q_t for each token (CodeRL, Eq. 10 and 14).

    ``critic`` is a critic's folder; its q_t is the probability of the program's true outcome. The
    values of the outcomes are coarse's, which RLTF took over from here.
    """
    if critic is None:
        raise PluginError(
            "reward 'critic' needs a critic: --set critic=DIR or critic[critic=DIR]; "
            "rltf critic train SAMPLES.jsonl --dataset NAME --out DIR makes one"
        )
    from rltf.critic import load_critic

    weights = load_critic(critic).token_weights

    def reward(judged: Judged) -> tuple[RewardTerm, ...] | None:
        if judged.diagnosis is None:
            return None
        value = VALUES[judged.diagnosis.category]
        return (RewardTerm(value, baseline=True, alpha=False, weights=weights(judged)),)

    return reward


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``critic``."""
    register("critic", make)
