"""Steps that are captured once as a CUDA graph, and then replayed without Python.

Not run on a GPU yet: tests/models/engine/test_captured.py shows on a CPU that a step can be captured.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import torch


class StepRunner:
    """Runs a step; on a GPU, captures it for each shape and replays it from then on.

    The step must work in place on tensors that stay where they are, must not wait for the GPU, and
    must launch the same kernels each time.
    """

    def __init__(self, device: torch.device) -> None:
        self._captures = device.type == "cuda"
        self._graphs: dict[Hashable, torch.cuda.CUDAGraph] = {}

    def __call__(self, step: Callable[[], None], shape: Hashable | None) -> None:
        """Take a step; ``shape`` is all that may change its kernels, ``None`` if it cannot be captured."""
        if not self._captures or shape is None:
            step()
        elif shape in self._graphs:
            self._graphs[shape].replay()
        else:
            step()  # libraries prepare themselves in the first run
            self._graphs[shape] = self._captured(step)

    def forget(self) -> None:
        """Forget all graphs: tensors have moved."""
        self._graphs.clear()

    def _captured(self, step: Callable[[], None]) -> torch.cuda.CUDAGraph:
        # one graph is replayed at a time, and leaves nothing behind in its own memory
        pool = next((graph.pool() for graph in self._graphs.values()), None)
        graph = torch.cuda.CUDAGraph()
        # the sandbox's threads go on meanwhile
        with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            step()
        return graph
