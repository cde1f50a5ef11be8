"""torch's threads while programs are judged on the same cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def half_of_the_cores(device: str) -> Iterator[None]:
    """Compute on a CPU with half of torch's threads, and leave the other cores to the sandbox.

    All threads of a product wait for the last one, so a single thread that a judged program keeps
    from its core holds up all others. ``OMP_NUM_THREADS`` decides instead where it is set.
    """
    import torch

    threads = torch.get_num_threads()
    if device != "cpu" or threads == 1 or "OMP_NUM_THREADS" in os.environ:
        yield
        return
    torch.set_num_threads(threads // 2)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
