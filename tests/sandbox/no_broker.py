"""Runs a command where rltf has no broker that opens files, for one of two reasons.

    python tests/sandbox/no_broker.py listener|memory COMMAND [ARGUMENT ...]

``listener``: somebody holds the only seccomp listener. ``memory``: no process may look into another's memory,
as under a strict Yama or in some containers.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

_SECCOMP, _READ_MEMORY = {"x86_64": (317, 310), "aarch64": (277, 270)}[platform.machine()]
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_NO_NEW_PRIVS = 38
_ALLOW = struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)
_NO_READING = b"".join(
    (
        struct.pack("<HBBI", 0x20, 0, 0, 0),
        struct.pack("<HBBI", 0x15, 0, 1, _READ_MEMORY),
        struct.pack("<HBBI", 0x06, 0, 0, 0x00050000 | errno.EPERM),
    )
)

why, *command = sys.argv[1:]
code, flags = (_ALLOW, _NEW_LISTENER) if why == "listener" else (_NO_READING + _ALLOW, 0)
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(code, len(code))
program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
    raise OSError(ctypes.get_errno(), "cannot give up new rights")
installed = libc.syscall(_SECCOMP, _SET_MODE_FILTER, flags, program)
if installed < 0:
    raise OSError(ctypes.get_errno(), "cannot install the filter")
if installed:
    os.set_inheritable(installed, True)
os.execvp(command[0], command)
