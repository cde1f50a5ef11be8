"""Ranks: the processes that train one policy together, each on its own GPU or cores.

    share    each rank generates, judges and reads every size-th item
    gather   all ranks hold all results, so that buffers, baselines and steps are equal everywhere
    sum      the gradient of a step is the sum over the ranks, as in data parallel training

Each rank holds a whole copy of the weights (see ``sharding`` for FSDP). Rank 0 alone writes files
and talks to the user.
``accelerate launch`` or ``torchrun`` starts the ranks; without them there is one, at no cost.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any, TypeVar

from rltf.errors import ConfigError, RltfError, RunError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from rltf.trainer.config import Config

T = TypeVar("T")

_BUCKET_BYTES = 32 << 20
"""Gradients that are summed at once: few messages, and little memory beside the gradients."""


class Ranks:
    """The only rank of a run in one process: it does everything itself."""

    rank = 0
    size = 1
    size_here = 1
    """Ranks on this machine."""
    are_sharded = False
    """Whether each rank trains a share of the weights (FSDP)."""

    def check(self, config: Config) -> None:
        """Raise :class:`ConfigError` for options that do not work on these ranks."""

    def share(self, items: Sequence[T]) -> list[T]:
        """Return the items that this rank works on."""
        return list(items[self.rank :: self.size])

    def gather(self, results: Sequence[T]) -> list[T]:
        """Return the results of all ranks, in the order of the items that were shared."""
        return list(results)

    def sum(self, tensor: Tensor) -> Tensor:
        """Return the sum of a tensor over the ranks; it may be made in place."""
        return tensor

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Make every gradient the sum over the ranks."""

    def any(self, flag: bool) -> bool:
        """Return whether the flag is true on a rank."""
        return flag

    def wait(self) -> None:
        """Wait until all ranks are here."""


class ManyRanks(Ranks):
    """One of several ranks. A rank that has ended ends the others: :class:`RunError`."""

    def __init__(self, rank: int, size: int, size_here: int, *, are_sharded: bool = False) -> None:
        self.rank, self.size, self.size_here = rank, size, size_here
        self.are_sharded = are_sharded

    def check(self, config: Config) -> None:
        remedy = "with FSDP; launch with accelerate launch --multi_gpu instead"
        if self.are_sharded and config.lora is not None:
            raise ConfigError(f"adapters (lora_r) are not trained {remedy}")
        if self.are_sharded and config.optimizer != "adamw":
            raise ConfigError(f"optimizer {config.optimizer} does not work {remedy}")

    def gather(self, results: Sequence[T]) -> list[T]:
        import torch.distributed as dist

        parts: list[Any] = [None] * self.size
        with _losing_a_rank():
            dist.all_gather_object(parts, list(results))
        together: list[Any] = [None] * sum(map(len, parts))
        for rank, part in enumerate(parts):
            together[rank :: self.size] = part
        return together

    def sum(self, tensor: Tensor) -> Tensor:
        import torch.distributed as dist

        with _losing_a_rank():
            dist.all_reduce(tensor)
        return tensor

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        import torch

        trained = [each for each in parameters if each.requires_grad]
        if not trained:
            return
        device = trained[0].device
        # a rank without rows has no gradients, and a parameter that nothing uses has none anywhere
        has_gradient = [float(each.grad is not None) for each in trained]
        known = self.sum(torch.tensor(has_gradient, device=device)).tolist()
        gradients = []
        for parameter, count in zip(trained, known, strict=True):
            if count:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                gradients.append(parameter.grad)
        for bucket in _buckets(gradients):
            flat = self.sum(torch.cat([each.reshape(-1) for each in bucket]))
            for gradient, part in zip(bucket, flat.split([g.numel() for g in bucket]), strict=True):
                gradient.copy_(part.view_as(gradient))

    def any(self, flag: bool) -> bool:
        return any(self.gather([flag]))

    def wait(self) -> None:
        self.gather([None])


def _buckets(gradients: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Yield gradients of one type, about ``_BUCKET_BYTES`` at a time."""
    bucket: list[Tensor] = []
    size = 0
    for gradient in gradients:
        if bucket and (size >= _BUCKET_BYTES or gradient.dtype != bucket[0].dtype):
            yield bucket
            bucket, size = [], 0
        bucket.append(gradient)
        size += gradient.numel() * gradient.element_size()
    if bucket:
        yield bucket


@contextmanager
def _losing_a_rank(is_loss: Callable[[RuntimeError], bool] = lambda _: True) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if not is_loss(error):
            raise
        raise RunError(
            "another rank of this run has ended, and none can go on alone; the same command "
            f"continues the run from its last checkpoint ({str(error).splitlines()[0]:.120})"
        ) from error


def _is_of_a_message(error: RuntimeError) -> bool:
    """Return whether an error, of a pass through sharded weights for instance, is a lost message."""
    import torch.distributed as dist

    return isinstance(error, dist.DistError) or "gloo" in str(error)


def _uses(name: str) -> bool:
    """Return whether ``accelerate launch`` was told to use a way of training."""
    return os.environ.get(f"ACCELERATE_USE_{name}", "").lower() in ("1", "true")


def _is_launched() -> bool:
    names = ("RANK", "WORLD_SIZE", "MASTER_ADDR")
    return all(name in os.environ for name in names) and int(os.environ["WORLD_SIZE"]) > 1


@contextmanager
def open_ranks() -> Iterator[Ranks]:
    """Join the other ranks, if a launcher started several; :class:`ConfigError` if that fails."""
    if not _is_launched():
        yield Ranks()
        return
    for name in filter(_uses, ("DEEPSPEED", "MEGATRON_LM")):
        raise ConfigError(
            f"rltf keeps a whole copy of the model on each rank, which {name} does not; launch "
            "with accelerate launch --use_fsdp or --multi_gpu instead"
        )
    if importlib.util.find_spec("accelerate") is None:
        raise ConfigError('several ranks need a package: pip install "rltf[accelerate]"')
    import torch.distributed as dist
    from accelerate import PartialState

    from rltf.models.policy import best_device

    # chooses the backend, and the GPU of this rank
    state = PartialState(cpu=best_device() == "cpu")
    size_here = int(os.environ.get("LOCAL_WORLD_SIZE", state.num_processes))
    ranks = ManyRanks(
        state.process_index, state.num_processes, size_here, are_sharded=_uses("FSDP")
    )
    try:
        with _quiet(ranks.rank), _losing_a_rank(_is_of_a_message):
            yield ranks
    finally:
        dist.destroy_process_group()


@contextmanager
def _quiet(rank: int) -> Iterator[None]:
    """Let the first rank alone talk to the user, but for an error that it may not know of."""
    if not rank:
        yield
        return
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            yield
    except KeyboardInterrupt:
        sys.exit(130)
    except RltfError as error:
        if error.exit_code == 2:  # about the options, which are the same everywhere
            sys.exit(2)
        raise RunError(f"rank {rank}: {error}") from error
