"""CodeRL's reward: one number for the outcome, which a critic weights for each token."""

from __future__ import annotations

from rltf.errors import PluginError
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.rltf import make_coarse
from rltf.reward import Reward


def make(critic: str | None = None) -> Reward:
    """Return the reward (r(W) - r(W_baseline)) * q_t for each token (CodeRL, Eq. 10 and 14).

    ``critic`` is a critic's folder; its q_t is the probability of the program's true outcome. The
    values of the outcomes are those of ``coarse``, which RLTF adopted from CodeRL.
    """
    if critic is None:
        raise PluginError(
            "reward 'critic' needs a critic: --set critic=DIR or critic[critic=DIR]; "
            "rltf critic train SAMPLES.jsonl --dataset NAME --out DIR makes one"
        )
    return make_coarse(mode="official", critic=critic)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``critic``."""
    register("critic", make)
