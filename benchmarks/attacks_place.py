"""A throw-away place to attack other harnesses in: nothing that happens there is left.

A place has its own user, process, network, IPC and mount namespaces, a root that holds nothing but
read-only system folders, small memory file systems, limits on processes, memory and time, and, where
the caller is root, another user outside too.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WALL_S = 60.0
_TRIES = 3
_USERS = itertools.cycle(range(60_000, 64_000))
"""Of nobody, one for each attack: limits on processes are per user."""
_MIB = 1 << 20
_LIMITS = f"--as={2048 * _MIB} --fsize={64 * _MIB} --nproc=200 --cpu=20 --core=0"
_FILES = ("/lib", "/lib64", "/bin", "/sbin", "/etc/passwd", "/etc/localtime")


class Skipped(Exception):
    """No place can be made, or the peer does not work in it; the message says why."""


class Place:
    """How to make one; see the module's description. Made by :func:`place`."""

    def __init__(self, python: str, folder: Path) -> None:
        self._python = python
        self._folder = folder
        if shutil.which("bwrap") is None:
            raise Skipped("bwrap is not installed, and it is not run without")
        self._bwrap = self._command()
        if subprocess.run([*self._bwrap, "true"], **as_nobody()).returncode:
            raise Skipped("bwrap is not allowed here, and it is not run without")

    def attack(self, peer: str, attack: dict[str, Any]) -> dict[str, Any] | None:
        """What came of one attack; ``None`` when the harness was killed or hung."""
        for _ in range(_TRIES):
            ready, _, found = self._run(peer, attack).partition("\n")
            if ready:
                break
        else:
            raise Skipped("it is not installed there (see --peers-python), or does not work there")
        try:
            return dict(json.loads(found))
        except ValueError:
            return None

    def _run(self, peer: str, attack: dict[str, Any]) -> str:
        """What it says; cut off where it was killed or hung."""
        script = [str(self._folder / "attacks_peers.py"), str(self._folder), peer]
        process = subprocess.Popen(
            [*self._bwrap, self._python, *script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            errors="replace",
            **as_nobody(),
        )
        try:
            said, _ = process.communicate(json.dumps(attack), timeout=WALL_S)
            return said
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # bwrap, and with it all that is in there
            return process.communicate()[0]

    def _command(self) -> list[str]:
        command = [self._python, "-c", "import sys; print(sys.prefix, sys.base_prefix, sep='\\n')"]
        try:
            said = subprocess.check_output(command, text=True, **as_nobody())
        except (OSError, subprocess.CalledProcessError):
            raise Skipped("its interpreter cannot be run by the user that runs attacks") from None
        prefixes = said.splitlines()
        binds = ["--ro-bind", "/usr", "/usr"]
        for path in _FILES:
            if os.path.islink(path):
                binds += ["--symlink", os.readlink(path), path]
            else:
                binds += ["--ro-bind-try", path, path]
        small = ["--size", str(64 * _MIB), "--tmpfs"]
        binds += ["--proc", "/proc", "--dev", "/dev", *small, "/dev/shm", *small, "/tmp"]
        for path in (*prefixes, str(self._folder)):
            binds += ["--ro-bind", path, path]
        return [
            *("prlimit", *_LIMITS.split()),
            "bwrap",
            "--unshare-all",
            "--die-with-parent",
            "--clearenv",
            *("--setenv", "EVALPLUS_MAX_MEMORY_BYTES", str(1024 * _MIB)),
            *("--setenv", "PATH", "/usr/bin:/bin"),
            *binds,
            *("--remount-ro", "/"),
            "--",
        ]


def as_nobody() -> dict[str, Any]:
    """Options of a process. Root counts as no user whose processes are limited, and may do too much."""
    if os.getuid():
        return {}
    user = next(_USERS)
    return {"user": user, "group": user, "extra_groups": [], "cwd": "/"}


@contextmanager
def place(python: str, files: list[Path]) -> Iterator[Place]:
    """A place for attacks that has these files in it.

    Raises:
        Skipped: None can be made.
    """
    with tempfile.TemporaryDirectory(prefix="rltf-place-") as folder:
        os.chmod(folder, 0o755)
        for file in files:
            shutil.copy(file, folder)
        for copied in Path(folder).iterdir():
            copied.chmod(0o644)
        yield Place(python, Path(folder))
