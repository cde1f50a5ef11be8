"""Objective ``rloo``: each sample is compared with the others of its problem (Ahmadian et al., 2024).

    A_i = R_i - 1/(n - 1) sum over j != i of R_j
    L   = - sum over samples of A_i log p(W_i)

R is the weighted sum of the rewards with a baseline; :mod:`rltf.plugins.objectives.group_baseline`
says what happens to the others. As in ``rltf``, the sum is divided by the number of tokens in the
step, and tokens of older weights are weighted with min(1, p now / p then).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.objectives.group_baseline import group_credit, group_means
from rltf.plugins.objectives.token_credit import Supervised, is_known, reinforce_loss

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group, OwnTokens


class RLOO(Supervised):
    """See the module."""

    fewest_samples = 2

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Return the advantages of the tokens of each sample; ``None`` for unscored samples."""
        means = group_means(group.samples, leave_one_out=True)
        return [
            group_credit(scored, mean, group) if is_known(scored) else None
            for scored, mean in zip(group.samples, means, strict=True)
        ]

    def policy_loss(self, batch: OwnTokens) -> Tensor:
        """Compute the loss of the module."""
        return reinforce_loss(batch)


@hookimpl
def rltf_register_objectives(register: Register) -> None:
    """Register ``rloo``."""
    register("rloo", RLOO)
