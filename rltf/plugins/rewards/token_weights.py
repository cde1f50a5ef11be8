"""The token weights of RLTF's three rewards in each mode.

paper     Eq. 3 to 5 and 8 to 10: three terms; a line has the weight alpha = T / (E - S)
official  The released code: a critic weights every token; alpha is 1 (a slip in the code that
          produced the paper's results); adaptive replaces coarse
"""

from __future__ import annotations

from collections.abc import Callable

from rltf.reward import Judged, Mode

Weights = tuple[tuple[int, float], ...]
"""``RewardTerm.weights``."""


def token_weights(mode: Mode, critic: str | None) -> Callable[[Judged], Weights]:
    """Return a function that weights a program's tokens: a critic's in mode ``official``, or none.

    Raises :class:`rltf.errors.PluginError` if the folder holds no critic.
    """
    if mode == "paper" or critic is None:
        return lambda judged: ()
    from rltf.critic import load_critic

    return load_critic(str(critic)).token_weights
