"""The token weights of RLTF's three rewards, in the two modes that they can be read in.

paper     Eq. 3 to 5 and 8 to 10: three terms, a line weighs alpha = T / (E - S)
official  the released code: a critic weighs every token, alpha is 1 (a slip of the code that the
          paper's results were made with), adaptive takes the place of coarse
"""

from __future__ import annotations

from collections.abc import Callable

from rltf.reward import Judged, Mode

Weights = tuple[tuple[int, float], ...]
"""``RewardTerm.weights``."""


def token_weights(mode: Mode, critic: str | None) -> Callable[[Judged], Weights]:
    """Return the function that weighs a program's tokens: a critic's in mode ``official``, or none.

    Raises :class:`rltf.errors.PluginError` if the folder holds no critic.
    """
    if mode == "paper" or critic is None:
        return lambda judged: ()
    from rltf.critic import load_critic

    return load_critic(str(critic)).token_weights
