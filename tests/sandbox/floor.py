"""Runs a command where most RL jobs run: a container without Landlock and without namespaces.

    python tests/sandbox/floor.py [--nobody] COMMAND [ARGUMENT ...]

It installs a seccomp filter as container runtimes do: Landlock is not there (ENOSYS), unshare, setns
and mount are refused, clone may not make namespaces. With --nobody, root becomes an unprivileged user
first, who finds the way to the interpreter and to this repository.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import stat
import struct
import sys
from pathlib import Path

NOBODY = 65534
_NUMBERS = {
    "x86_64": {"unshare": 272, "setns": 308, "mount": 165, "clone": 56},
    "aarch64": {"unshare": 97, "setns": 268, "mount": 40, "clone": 220},
}[platform.machine()]
_LANDLOCK_FIRST, _LANDLOCK_LAST = 444, 446
_CLONE3 = 435
_NEW_NAMESPACES = 0x7E020080
_NEW_MOUNTS = 0x20000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000

_libc = ctypes.CDLL(None, use_errno=True)


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


def _check(returned: int, what: str) -> None:
    if returned:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")


def enter() -> None:
    """Installs the filter in this process."""
    code = _filter()
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    no_new_privs, set_seccomp, mode_filter = 38, 22, 2
    _check(_libc.prctl(no_new_privs, 1, 0, 0, 0), "give up new rights")
    _check(_libc.prctl(set_seccomp, mode_filter, program), "install the filter")


def _closed_folder(path: Path) -> Path | None:
    """The first folder on the way to ``path`` that others may not enter."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def _open_the_way(needed: list[Path]) -> None:
    """Puts an open folder with nothing else in it in the place of a closed one, for us alone."""
    ways: dict[Path, list[Path]] = {}
    for path in needed:
        if closed := _closed_folder(path):
            ways.setdefault(closed, []).append(path)
    if not ways:
        return
    _check(_libc.unshare(_NEW_MOUNTS), "make a mount namespace")
    _mount("none", Path("/"), None, _RECURSIVE | _PRIVATE)
    for closed, paths in ways.items():
        held = {path: os.open(path, os.O_PATH) for path in paths}
        _mount("none", closed, "tmpfs", 0, "mode=755")
        for path, descriptor in held.items():
            path.mkdir(parents=True, exist_ok=True)
            _mount(f"/proc/self/fd/{descriptor}", path, None, _BIND | _RECURSIVE)


def _mount(source: str, at: Path, kind: str | None, flags: int, options: str | None = None) -> None:
    texts = [None if text is None else text.encode() for text in (kind, options)]
    mounted = _libc.mount(source.encode(), bytes(at), texts[0], flags, texts[1])
    _check(mounted, f"mount on {at}")


def become_nobody() -> None:
    """Gives up root for good."""
    repository = Path(__file__).resolve().parents[2]
    _open_the_way([Path(sys.base_prefix), Path(sys.prefix), repository])
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.environ["HOME"] = "/nonexistent"


if __name__ == "__main__":
    command = sys.argv[1:]
    if command[0] == "--nobody":
        become_nobody()
        command = command[1:]
    enter()
    os.execvp(command[0], command)
