"""Runs a command where somebody holds the only seccomp listener, so that rltf has no broker.

python tests/sandbox/no_listener.py COMMAND [ARGUMENT ...]
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

_SECCOMP = {"x86_64": 317, "aarch64": 277}[platform.machine()]
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_NO_NEW_PRIVS = 38
_ALLOW_ALL = struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)

libc = ctypes.CDLL(None, use_errno=True)
code = ctypes.create_string_buffer(_ALLOW_ALL)
program = struct.pack("<HxxxxxxQ", 1, ctypes.addressof(code))
if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
    raise OSError(ctypes.get_errno(), "cannot give up new rights")
listener = libc.syscall(_SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER, program)
if listener < 0:
    raise OSError(ctypes.get_errno(), "cannot hold a listener")
os.set_inheritable(listener, True)
os.execvp(sys.argv[1], sys.argv[1:])
