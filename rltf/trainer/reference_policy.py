"""The reference policy: the weights that the online steps began with (PPOCoder's rho).

They are written once, beside the checkpoints; a continued run reads them from there. Weights that
are not trained are shared with the policy.
"""

from __future__ import annotations

import copy

from rltf.models.adapter import load_trained_state, trained_state
from rltf.models.policy import Policy
from rltf.trainer.checkpoint import load_tensors, save_tensors
from rltf.trainer.config import ConfigError
from rltf.trainer.run_folder import RunFolder

_FILE = "reference.pt"
"""Among the checkpoints of a run."""


def save_reference(folder: RunFolder, policy: Policy) -> Policy:
    """Write the policy as it is now to the run's folder, and return a frozen copy of it."""
    if folder.is_writable:
        save_tensors(folder.checkpoints / _FILE, trained_state(policy.model))
    return _frozen(policy)


def load_reference(folder: RunFolder, policy: Policy) -> Policy:
    """Return the frozen copy that the run began with; :class:`ConfigError` if its file is gone."""
    file = folder.checkpoints / _FILE
    try:
        weights = load_tensors(file, "start another run with --out")
    except FileNotFoundError:
        raise ConfigError(f"{file} is gone: the run cannot go on; start it anew") from None
    reference = _frozen(policy)
    load_trained_state(reference.model, weights)
    return reference


def _frozen(policy: Policy) -> Policy:
    frozen = copy.copy(policy)
    shared = {id(each): each for each in policy.model.parameters() if not each.requires_grad}
    frozen.model = copy.deepcopy(policy.model, shared).eval().requires_grad_(False)
    return frozen
