"""What the three rewards of RLTF share: the mode that they are read in, and a critic's weights.

paper     Eq. 3 to 5 and 8 to 10: three terms, a line weighs alpha = T / (E - S)
official  the released code: every token weighs what a critic says of it, alpha is 1 (a slip of
          the code that its results were made with), adaptive stands in for coarse
"""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from rltf.manager import check_choice
from rltf.reward import Judged, Mode

Weights = tuple[tuple[int, float], ...]
"""``RewardTerm.weights``."""


def token_weights(reward: str, mode: Mode, critic: str | None) -> Callable[[Judged], Weights]:
    """What a critic says of a program's tokens in mode ``official``; without one all weigh 1.

    Raises :class:`rltf.manager.PluginError` for another mode, and where the critic is none.
    """
    check_choice(f"the mode of reward {reward!r}", mode, get_args(Mode))
    if mode == "paper" or critic is None:
        return lambda judged: ()
    from rltf.critic import load_critic

    return load_critic(str(critic)).token_weights
