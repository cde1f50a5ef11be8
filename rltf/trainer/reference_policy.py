"""The reference policy: the weights that the online steps began with (PPOCoder's rho).

They are written once, beside the checkpoints; a continued run reads them from there.
"""

from __future__ import annotations

import copy

import torch

from rltf.models.policy import Policy
from rltf.trainer.checkpoint import save_tensors
from rltf.trainer.config import ConfigError
from rltf.trainer.run_folder import RunFolder

_FILE = "reference.pt"
"""Among the checkpoints of a run."""


def save_reference(folder: RunFolder, policy: Policy) -> Policy:
    """Write the policy as it is now to the run's folder, and return a frozen copy of it."""
    if folder.is_writable:
        save_tensors(folder.checkpoints / _FILE, policy.model.state_dict())
    return _frozen(policy)


def load_reference(folder: RunFolder, policy: Policy) -> Policy:
    """Return the frozen copy that the run began with; :class:`ConfigError` if its file is gone."""
    file = folder.checkpoints / _FILE
    try:
        weights = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ConfigError(f"{file} is gone: the run cannot go on; start it anew") from None
    reference = _frozen(policy)
    reference.model.load_state_dict(weights)
    return reference


def _frozen(policy: Policy) -> Policy:
    frozen = copy.copy(policy)
    frozen.model = copy.deepcopy(policy.model).eval().requires_grad_(False)
    return frozen
