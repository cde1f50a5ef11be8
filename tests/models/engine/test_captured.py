"""A step can be captured as a CUDA graph. Nothing here needs a GPU: a recorder stands in for one.

Like a graph, it knows tensors and kernels alone: what a replay computes depends on the numbers that
lie where the recorded step found them. Whatever waits for the device is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from rltf.models import generation
from rltf.models.engine import captured, compiled
from rltf.models.engine.captured import StepRunner
from rltf.sampling_options import Sampling

from .test_engine import APART, NEW, completed

WAITING = (
    "_local_scalar_dense",
    "nonzero",
    "masked_select",
    "is_nonzero",
    "equal",
    "unique",
    "repeat_interleave.Tensor",
)
"""Operations whose result the host, or a shape, depends on."""


class Recorder(TorchDispatchMode):
    """Records operations with the tensors that they read and wrote; refuses those that wait."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func).removeprefix("aten.")
        assert not name.startswith(WAITING), f"{func} waits for the device"
        indices = tree_leaves(args[1]) if name.startswith("index") else []
        masks = [i for i in indices if isinstance(i, torch.Tensor) and i.dtype == torch.bool]
        assert not masks, f"{func} has a shape that depends on a mask"
        result = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, result))
        return result

    def replay(self) -> None:
        """Do the same with the numbers that lie in these tensors now."""
        for func, args, kwargs, result in self.calls:
            for old, new in zip(
                tree_leaves(result), tree_leaves(func(*args, **kwargs)), strict=True
            ):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


class FakeGraph:
    """Stands in for ``torch.cuda.CUDAGraph``."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.replays = 0

    def pool(self) -> None:
        """Return the pool of memory, of which there is none here."""

    def replay(self) -> None:
        """See :meth:`Recorder.replay`."""
        self.replays += 1
        self.recorder.replay()


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[FakeGraph]:
    """The graphs that were captured: on the CPU, as if it were a GPU."""
    made: list[FakeGraph] = []

    def make() -> FakeGraph:
        made.append(FakeGraph())
        return made[-1]

    @contextmanager
    def capture(graph: FakeGraph, pool: None, capture_error_mode: str) -> Iterator[None]:
        """Record what the block does, and undo it: a capture executes nothing."""
        with graph.recorder:
            yield
        undo[0]()

    def runner(device: torch.device) -> StepRunner:
        made_runner = StepRunner(device)
        made_runner._captures = True
        return made_runner

    undo: list[Callable[[], None]] = []
    monkeypatch.setattr(torch.cuda, "CUDAGraph", make)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(generation, "StepRunner", runner)
    monkeypatch.setattr(compiled, "lib", None)  # what a GPU has: torch's operations alone

    def captured_step(self: StepRunner, step: Callable[[], None]) -> Any:
        tensors = _tensors_of(step)
        before = [tensor.clone() for tensor in tensors]
        undo[:] = [lambda: [old.copy_(new) for old, new in zip(tensors, before, strict=True)]]
        return original(self, step)

    original = captured.StepRunner._captured
    monkeypatch.setattr(captured.StepRunner, "_captured", captured_step)
    return made


def _tensors_of(step: Any) -> list[torch.Tensor]:
    """Return all that a step changes: the state of its flight, positions, mask and cache."""
    flight = step.__self__
    stepping = flight._rows._stepping
    return [
        *vars(flight._state).values(),
        stepping.positions,
        stepping._mask,
        *stepping._cache.layers,
    ]


SAMPLINGS = [Sampling(0.0, 1.0, NEW), Sampling(1.0, 0.8, NEW)]


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=["greedy", "top-p"])
def test_replayed_steps_write_what_steps_write(
    model: Any, sampling: Sampling, graphs: list[FakeGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every family; rows refilled and dropped, ids to begin with, two looks at the rows apart."""
    monkeypatch.setattr(generation, "GPU_STRIDE", 1)
    begun = [(20, 21) if place % 3 == 0 else () for place in range(len(APART))]
    replayed = completed(model, APART, sampling, batch_size=3, begun=begun)
    assert sum(graph.replays for graph in graphs) > 2 * len(graphs) > 0
    monkeypatch.setattr(generation, "StepRunner", StepRunner)
    expected = completed(model, APART, sampling, batch_size=3, begun=begun)
    assert replayed == expected
    for ours, theirs in zip(replayed, expected, strict=True):
        assert ours.log_probs == pytest.approx(theirs.log_probs, abs=1e-5)
