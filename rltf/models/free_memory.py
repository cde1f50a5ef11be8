"""Memory that torch has freed, and that the process still holds."""

from __future__ import annotations

import ctypes

KEPT_BYTES = 2**30
"""Free memory of the heap that is kept for the next tensors."""
LARGEST_KEPT_BYTES = 2**25
"""Larger tensors have pages of their own, which the system gets back at once. The C library allows
no more."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


class _HeapInfo(ctypes.Structure):
    """``struct mallinfo2``."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def keep_free_memory() -> None:
    """Keep what tensors leave free for those that follow; do nothing without the GNU C library.

    Otherwise it goes back to the system many times in a step, whose kernel clears each page before
    it is used again: up to half of the time of a small model's step.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
        set_option(_TRIM_THRESHOLD, 2**31 - 1)


def return_free_memory() -> None:
    """Give the heap's free pages back to the system if they are more than :data:`KEPT_BYTES`.

    Tensors of a batch are freed in another order than they were allocated in, and have other sizes
    than those of the next batch. The gaps between them stay, and the heap grows from step to step
    to several times what it holds. Does nothing without the GNU C library.
    """
    library = ctypes.CDLL(None)
    info = getattr(library, "mallinfo2", None)
    if info is None:
        return
    info.restype = _HeapInfo
    if info().fordblks > KEPT_BYTES:
        library.malloc_trim(0)
