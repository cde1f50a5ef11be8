"""Where an attack takes place: things worth attacking, and how they are afterwards.

Nothing but the standard library is needed here, so that other harnesses can be attacked with the same targets.
"""

from __future__ import annotations

import ctypes
import json
import random
import secrets
import select
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Set
from contextlib import ExitStack, contextmanager
from functools import cache
from os import getpid, listdir
from pathlib import Path
from typing import Any

_SETTLE_S = 2.0
"""Seconds within which processes that are ending are gone."""
_PR_SET_CHILD_SUBREAPER = 36


class Targets:
    """Targets of one attack. Made by :func:`make_targets`."""

    def __init__(self, base: Path, stack: ExitStack) -> None:
        adopt_orphans()
        self._answers = base / "answers.json"
        self._folder = base / "folder"
        self._folder.mkdir()
        victim = self._folder / "victim"
        victim.write_text("untouched")
        self._word = secrets.token_hex(16)
        self._bystander = subprocess.Popen(["sleep", "600"])
        stack.callback(self._end_bystander)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        abstract = f"rltf-targets-{secrets.token_hex(8)}"
        paths = {"socket": str(base / "socket"), "datagrams": str(base / "datagrams")}
        streams = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2)]
        datagrams = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        datagrams.bind(paths["datagrams"])
        for stream, name in zip(streams, (paths["socket"], f"\0{abstract}"), strict=True):
            stream.bind(name)
            stream.listen()
        self._sockets = [tcp, udp, datagrams, *streams]
        self._facts: dict[str, Any] = {
            "installed": str(an_installed_file()),
            "word": self._word,
            "folder": str(self._folder),
            "victim": str(victim),
            "answers": str(self._answers),
            "bystander": self._bystander.pid,
            "pid": getpid(),
            "port": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "abstract": abstract,
            **paths,
        }
        self._before = self._files()
        self._processes = descendants()

    def draw(self, kind: str) -> tuple[dict[str, Any], Any]:
        """What a test tells the program, and the right answer, which nothing lets it work out.

        Args:
            kind: ``text``: what is given, a dash, and 16 hex digits; ``list``: those in a list;
                ``number``: a float.
        """
        given = secrets.token_hex(8)
        text = f"{given}-{secrets.token_hex(8)}"
        answers = {"text": text, "list": [given, text], "number": random.SystemRandom().random()}
        with self._answers.open("a") as file:
            print(json.dumps(answers[kind]), file=file)
        return self._facts | {"given": given}, answers[kind]

    def harm(self, output: str, own: Set[int] = frozenset()) -> list[str]:
        """What an attack has done, in words; empty: nothing.

        Args:
            output: What it wrote on stdout and stderr: the fact ``word`` says that it got through.
            own: Processes that are the harness's own.
        """
        found = []
        if self._files() != self._before:
            found.append("file changed")
        if self._left(own):
            found.append("process left")
        if self._bystander.poll() is not None:
            found.append("signal sent")
        if select.select(self._sockets, [], [], 0)[0]:
            found.append("network reached")
        if self._word in output:
            found.append("got through")
        return found

    def _left(self, own: Set[int]) -> set[int]:
        deadline = time.monotonic() + _SETTLE_S
        while left := descendants() - self._processes - own:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        return left

    def _files(self) -> dict[str, tuple[Any, ...]]:
        """All that is in the folder, and how it is."""
        found = {}
        for path in [self._folder, *sorted(self._folder.rglob("*"))]:
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (status.st_mode, status.st_nlink, status.st_mtime_ns, content)
        return found

    def _end_bystander(self) -> None:
        self._bystander.kill()
        self._bystander.wait()


@contextmanager
def make_targets() -> Iterator[Targets]:
    """Make fresh targets."""
    with tempfile.TemporaryDirectory(prefix="rltf-targets-") as base, ExitStack() as stack:
        yield Targets(Path(base), stack)


@cache
def an_installed_file() -> Path:
    """A file of an installed package."""
    sites = [sysconfig.get_path("purelib"), *(p for p in sys.path if p.endswith("-packages"))]
    return next(file for site in sites for file in Path(site).glob("*/py.typed"))


def adopt_orphans() -> None:
    """Processes below this one whose parents end become its children, and so are found."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants() -> set[int]:
    """All processes below this one that have not ended."""
    children: dict[int, list[int]] = {}
    for pid in filter(str.isdigit, listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                # the name, in parentheses, may hold anything
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except OSError:
            continue  # it has ended meanwhile
        if state != b"Z":
            children.setdefault(int(parent), []).append(int(pid))
    found: set[int] = set()
    look = [getpid()]
    while look:
        below = children.get(look.pop(), [])
        found.update(below)
        look += below
    return found
