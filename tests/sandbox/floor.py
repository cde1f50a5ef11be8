"""Runs a command where most RL jobs run: a container without Landlock and without namespaces.

    python tests/sandbox/floor.py COMMAND [ARGUMENT ...]

It installs a seccomp filter as container runtimes do: Landlock is not there (ENOSYS), unshare, setns
and mount are refused, clone may not make namespaces.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

_NUMBERS = {
    "x86_64": {"unshare": 272, "setns": 308, "mount": 165, "clone": 56},
    "aarch64": {"unshare": 97, "setns": 268, "mount": 40, "clone": 220},
}[platform.machine()]
_LANDLOCK_FIRST, _LANDLOCK_LAST = 444, 446
_CLONE3 = 435
_NEW_NAMESPACES = 0x7E020080

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


def _filter() -> bytes:
    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("<HBBI", code, yes, no, value)

    steps = [step(_LOAD, 0)]
    for name in ("unshare", "setns", "mount"):
        steps += [step(_EQUAL, _NUMBERS[name], 0, 1), step(_RETURN, _ERRNO | errno.EPERM)]
    steps += [step(_EQUAL, _CLONE3, 0, 1), step(_RETURN, _ERRNO | errno.ENOSYS)]
    steps += [
        step(_AT_LEAST, _LANDLOCK_FIRST, 0, 2),
        step(_AT_LEAST, _LANDLOCK_LAST + 1, 1, 0),
        step(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    steps += [
        step(_EQUAL, _NUMBERS["clone"], 0, 3),
        step(_LOAD, 16),
        step(_ANY_BIT, _NEW_NAMESPACES, 0, 1),
        step(_RETURN, _ERRNO | errno.EPERM),
        step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def enter() -> None:
    """Installs the filter in this process."""
    code = _filter()
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privs, set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(no_new_privs, 1, 0, 0, 0) or libc.prctl(set_seccomp, mode_filter, program):
        raise OSError(ctypes.get_errno(), "cannot install the filter")


if __name__ == "__main__":
    enter()
    os.execvp(sys.argv[1], sys.argv[1:])
