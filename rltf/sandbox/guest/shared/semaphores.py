"""The semaphores of multiprocessing, for a process that cannot start other processes."""

from __future__ import annotations

import threading

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_RECURSIVE_MUTEX, _SEMAPHORE = 0, 1


class SemLock:
    """``_multiprocessing.SemLock`` without a file in /dev/shm."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        if kind not in (_RECURSIVE_MUTEX, _SEMAPHORE):
            raise ValueError("unrecognized kind")
        if not 0 <= value <= maxvalue <= self.SEM_VALUE_MAX:
            raise ValueError("semaphore value out of range")
        self.kind = kind
        self.maxvalue = maxvalue
        self.handle = id(self)
        self.name = None  # nobody else can open it
        self._value = value
        self._taken = 0
        self._holder = 0
        self._changed = threading.Condition()

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Acquire the semaphore, waiting at most ``timeout`` seconds."""
        if self.kind == _RECURSIVE_MUTEX and self._is_mine():
            self._taken += 1
            return True
        longest = 0 if not block else None if timeout is None else max(0, timeout)
        with self._changed:
            if not self._changed.wait_for(lambda: self._value > 0, longest):
                return False
            self._value -= 1
            self._taken += 1
            self._holder = threading.get_ident()
        return True

    def release(self) -> None:
        """Release the semaphore."""
        with self._changed:
            if self.kind == _RECURSIVE_MUTEX:
                if not self._is_mine():
                    raise AssertionError("attempt to release recursive lock not owned by thread")
                if self._taken > 1:
                    self._taken -= 1
                    return
            elif self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            self._value += 1
            self._taken -= 1
            self._changed.notify()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: Any) -> None:
        self.release()

    def _count(self) -> int:
        return self._taken

    def _is_mine(self) -> bool:
        return self._taken > 0 and self._holder == threading.get_ident()

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0

    def _after_fork(self) -> None:
        self._taken = 0


SemLock.__module__ = "_multiprocessing"
