"""The reference policy: the weights that the online steps began with (PPOCoder's rho).

They are written once, beside the checkpoints, and a continued run has them from there.
"""

from __future__ import annotations

import copy
from pathlib import Path

import torch

from rltf.models.policy import Policy
from rltf.trainer.checkpoint import save_whole
from rltf.trainer.config import ConfigError

FILE = Path("checkpoints", "reference.pt")
"""In the folder of a run."""


def keep_reference(run: Path, policy: Policy) -> Policy:
    """A frozen copy of the policy as it is now, written to the run's folder."""
    save_whole(run / FILE, policy.model.state_dict())
    return _frozen(policy)


def load_reference(run: Path, policy: Policy) -> Policy:
    """The frozen copy that the run began with; :class:`ConfigError` where its file is gone."""
    try:
        weights = torch.load(run / FILE, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ConfigError(f"{run / FILE} is gone: the run cannot go on; start it anew") from None
    reference = _frozen(policy)
    reference.model.load_state_dict(weights)
    return reference


def _frozen(policy: Policy) -> Policy:
    frozen = copy.copy(policy)
    frozen.model = copy.deepcopy(policy.model).eval().requires_grad_(False)
    return frozen
