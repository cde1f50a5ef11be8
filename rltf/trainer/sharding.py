"""FSDP: weights, gradients and optimizer state that are spread over the ranks.

Beside its share, each rank keeps a whole copy of the weights, which is filled anew after each step.
It generates and scores, and it is what references, checkpoints and the trained model are made of:
these are the same with and without FSDP, and a run may go on with any number of ranks.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rltf.errors import ConfigError
from rltf.trainer.actor import Actor, TrainedWeights
from rltf.trainer.ranks import Ranks


class ShardedWeights(TrainedWeights):
    """Weights of which each rank trains a share, by torch's ``fully_shard``.

    A pass through the model is one of all ranks: the others wait for what a rank holds.
    """

    def __init__(self, actor: Actor, ranks: Ranks) -> None:
        super().__init__(_sharded(actor), ranks)
        self._whole = actor

    def passes(self, own: int) -> int:
        return max(self.ranks.gather([own]))

    def sum_gradients(self) -> None:
        """Do little: the backward pass has left each rank its share of the sum."""
        from torch.distributed.fsdp import FSDPModule

        for module in (self.actor.policy.model, self.actor.head):
            if isinstance(module, FSDPModule):
                module.reshard()  # weights that no loss depends on are still whole

    @torch.no_grad()
    def publish(self) -> None:
        for whole, share in zip(self._whole.parameters(), self.actor.parameters(), strict=True):
            whole.copy_(_whole(share))

    @torch.no_grad()
    def restore(self) -> None:
        for whole, share in zip(self._whole.parameters(), self.actor.parameters(), strict=True):
            share.copy_(_share_of(whole, share))

    def optimizer_state(self, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
        """Return the whole state, on the CPU, on the first rank alone, which writes it."""
        state = optimizer.state_dict()
        tensors = {
            index: {name: self._for_the_first(value) for name, value in each.items()}
            for index, each in state["state"].items()
        }
        return state | {"state": tensors}

    def _for_the_first(self, value: Any) -> Any:
        whole = _whole(value)
        return None if self.ranks.rank else whole.cpu()

    def load_optimizer(self, optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
        trained = [each for group in optimizer.param_groups for each in group["params"]]
        shares = {
            index: {name: _share_of(value, trained[index]) for name, value in each.items()}
            for index, each in state["state"].items()
        }
        optimizer.load_state_dict(dict(state) | {"state": shares})


def _sharded(actor: Actor) -> Actor:
    """Return an actor with copies of the weights, of which this rank keeps its share."""
    from torch.distributed.device_mesh import init_device_mesh

    policy = copy.copy(actor.policy)
    policy.model = copy.deepcopy(actor.policy.model)
    mesh = init_device_mesh(policy.model.device.type, (torch.distributed.get_world_size(),))
    names = set(policy.model._no_split_modules or ())
    layers = [each for each in policy.model.modules() if type(each).__name__ in names]
    if not layers:
        raise ConfigError(
            f"policy {policy.name}: a {type(policy.model).__name__} does not name its layers, which "
            "FSDP shards; launch with accelerate launch --multi_gpu instead"
        )
    head = copy.deepcopy(actor.head)
    # a value head returns a view; nothing here changes it in place
    warnings.filterwarnings("ignore", "FSDP2-wrapped module", UserWarning)
    for module in [*layers, policy.model, *([] if head is None else [head])]:
        _shard(module, mesh)
    return Actor(policy, head)


def _shard(module: nn.Module, mesh: Any) -> None:
    from torch.distributed.fsdp import fully_shard

    sharded = fully_shard(module, mesh=mesh)
    # sums, not means, and by what gloo has too
    sharded.set_gradient_divide_factor(1.0)
    sharded.set_force_sum_reduction_for_comms(True)


def _whole(value: Any) -> Any:
    """Return a value with all shares together if it is sharded, and any other as it is."""
    from torch.distributed.tensor import DTensor

    return value.full_tensor() if isinstance(value, DTensor) else value


def _share_of(value: Any, like: Any) -> Any:
    """Return this rank's share of a tensor that has the shape of a sharded one."""
    from torch.distributed.tensor import distribute_tensor

    if not isinstance(value, Tensor) or value.shape != like.shape:
        return value
    # every rank has all of it: nothing is sent
    return distribute_tensor(value, like.device_mesh, like.placements, src_data_rank=None)
