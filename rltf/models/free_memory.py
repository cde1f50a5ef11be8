"""Memory that torch has freed, and that the process still holds."""

from __future__ import annotations

import ctypes


def return_free_memory() -> None:
    """Give the heap's free pages back to the system; do nothing without the GNU C library.

    Tensors of a batch are freed in another order than they were allocated in, and have other sizes
    than those of the next batch. The gaps between them stay, and the heap grows from step to step
    to several times what it holds.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
