"""The client's end of one zygote: start it, send it work, read what came of it."""

from __future__ import annotations

import array
import compileall
import contextlib
import importlib.util
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from rltf.errors import SandboxError as SandboxError
from rltf.limits import MIB, Limits
from rltf.sandbox import readable_paths
from rltf.sandbox.client.preload import MODULES, Warmth
from rltf.sandbox.client.wall_clock import Overdue, WallCharge
from rltf.sandbox.layers import LAYERS

Role = Literal["candidate", "judge"]

_HEADER = struct.Struct("<II")
_PROGRAM = struct.Struct("<QQQQIIII")
_TEST = struct.Struct("<III")  # with its header, as _RESULT
_RESULT = struct.Struct("<IIQQQIiiIIIII")
_GRANT = struct.Struct("<IIQ")
_TIMEVAL = struct.Struct("@ll")
_MSG_PROGRAM, _MSG_TEST, _MSG_END, _MSG_RESULT, _MSG_READY, _MSG_OVERDUE = 1, 2, 3, 4, 5, 6

# enum program_flags of csrc/rltf.h
SHARED, SERVER, FULL_STDOUT, TOGETHER, APPS, LIVECODEBENCH = 1, 2, 4, 8, 16, 32
# enum result_flags
CPU_LIMIT, WALL_LIMIT, FAULT, KILLED, ALIVE, OUTPUT_LIMIT = 1, 2, 4, 8, 16, 32

# -I without its -E: the environment is ours, and PYTHONHASHSEED has to count
FLAGS = ("-P", "-s", "-S", "-B", "-X", "utf8")
_GUEST = Path(__file__).parents[1] / "guest"
_DRAWN_FROM = ["numpy.random"]  # numpy imports it late; a judge seeds it for each test
_READ_AHEAD = 65536
_STARTUP_S = 60.0
_FAREWELL_S = 5.0
_TEST_IS_SOURCE = 2**32 - 1
MOST_TOGETHER = 48
"""Tests that may be answered together (csrc/rltf.h)."""
PATIENCE_S = 60.0
"""Seconds past every limit after which a silent zygote is given up."""


class ZygoteDied(Exception):
    """The zygote is gone, or does not answer; what it had not answered is to be run again."""


class Result(NamedTuple):
    """What the fork server measured and what the child reported (struct wire_result)."""

    flags: int
    exit_code: int
    signal: int
    cpu_s: float
    wall_s: float
    peak_memory_mb: float
    fault: int
    stdout: bytes
    stderr: bytes
    report: bytes


class Zygote:
    """A running zygote. Not thread-safe: one thread talks to it at a time."""

    def __init__(self, role: Role, warmth: Warmth = "slim") -> None:
        self._socket, control = socket.socketpair()
        self._grants, grants = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self.trees = readable_paths.trees()
        """What its programs may read."""
        with control, grants:
            self._process = _spawn(role, control, grants, warmth, self.trees)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(PATIENCE_S))
        self._timeout_s = 0.0
        self._queued: list[bytes] = []
        self._ahead = b""  # what has been read, of which all before `_at` has been given out
        self._at = 0
        self.pid = self._process.pid
        try:
            kind, text = self._receive(_STARTUP_S)
            if kind != _MSG_READY:
                raise ZygoteDied("it answered out of turn")
        except ZygoteDied:
            self.close()
            if self._process.returncode == -signal.SIGKILL:
                raise  # not by its own doing: worth another try
            raise SandboxError(f"the sandbox cannot start: {self._last_words()}") from None
        self.layers: tuple[str, ...] = tuple(text.decode().split())

    def _last_words(self) -> str:
        assert self._process.stderr is not None
        lines = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def program(self, limits: Limits, flags: int, blob: bytes, source: str | None = None) -> None:
        """Queues the program that the tests to come are for.

        ``source`` is what it reads as its own file, and what ``blob`` ends with; None: each test's blob is
        such a file.
        """
        settings = _PROGRAM.pack(
            int(limits.cpu_s * 1e9),
            int(limits.wall_limit_s * 1e9),
            limits.memory_mb * MIB,
            limits.output_bytes,
            limits.threads,
            limits.open_files,
            flags,
            _TEST_IS_SOURCE if source is None else len(source.encode("utf-8", "surrogatepass")),
        )
        self._queue(_MSG_PROGRAM, settings, blob)

    def test(self, stdin: bytes = b"", blob: bytes = b"") -> None:
        """Queues one test. What is queued is sent before the next result is waited for."""
        size = len(stdin)
        length = _TEST.size - _HEADER.size + size + len(blob)
        self._queued += (_TEST.pack(_MSG_TEST, length, size), stdin, blob)

    def test_with_channel(self, channel: int, blob: bytes = b"") -> None:
        """Sends one test; its process gets a descriptor."""
        self.test(blob=blob)
        self.flush(channel)

    def end(self) -> None:
        """Queues the end of the test that a server candidate is in, or of the process of these tests."""
        self._queue(_MSG_END)

    def flush(self, descriptor: int | None = None) -> None:
        """Sends what is queued, with a descriptor."""
        buffers, self._queued = self._queued, []
        if not buffers:
            return
        rights = [] if descriptor is None else [_rights(descriptor)]
        try:
            sent = self._socket.sendmsg(buffers, rights, socket.MSG_NOSIGNAL)
            if sent < sum(map(len, buffers)):
                self._socket.sendall(b"".join(buffers)[sent:], socket.MSG_NOSIGNAL)
        except OSError as error:
            raise ZygoteDied(str(error)) from None

    def results(self, limits: Limits, sent: int) -> list[Result]:
        """Waits for results of the oldest of ``sent`` tests that have none yet: of one, or of more."""
        if self._queued:
            self.flush()
        if found := self._results_ahead():
            return found
        wall_limit_s = limits.wall_limit_s
        charges: dict[int, WallCharge] = {}  # tests that run together are charged one by one

        def grant_ns(overdue: Overdue) -> int:
            charge = charges.setdefault(overdue.test, WallCharge(int(wall_limit_s * 1e9)))
            return charge.grant_ns(overdue)

        while True:
            result = self.hear(wall_limit_s * min(sent, MOST_TOGETHER) + PATIENCE_S, grant_ns)
            if result is not None:
                return [result, *self._results_ahead()]

    def hear(self, timeout_s: float, grant_ns: Callable[[Overdue], int]) -> Result | None:
        """Waits for what it says next: a result, or a question about wall time, which is answered."""
        if self._queued:
            self.flush()
        kind, _ = self._next_frame(timeout_s)
        if kind == _MSG_RESULT and (found := self._results_ahead(most=1)):
            return found[0]
        if kind != _MSG_OVERDUE:
            raise ZygoteDied("it answered out of turn")
        overdue = Overdue.parse(self._receive(timeout_s)[1])
        try:
            self._grants.send(_GRANT.pack(overdue.test, 0, grant_ns(overdue)))
        except OSError as error:
            raise ZygoteDied(str(error)) from None
        return None

    def _results_ahead(self, most: int = MOST_TOGETHER) -> list[Result]:
        """The results that come next of what has been read."""
        ahead, at = self._ahead, self._at
        found: list[Result] = []
        while at + _RESULT.size <= len(ahead) and len(found) < most:
            (
                kind,
                length,
                cpu,
                wall,
                peak,
                flags,
                exit_code,
                signal_number,
                fault,
                out,
                err,
                _,
                _,
            ) = _RESULT.unpack_from(ahead, at)
            end = at + _HEADER.size + length
            if kind != _MSG_RESULT or end > len(ahead):
                break
            stdout_at = at + _RESULT.size
            stderr_at = stdout_at + out
            report_at = stderr_at + err
            found.append(
                Result(
                    flags,
                    exit_code,
                    signal_number,
                    cpu / 1e9,
                    wall / 1e9,
                    peak / 1024,
                    fault,
                    ahead[stdout_at:stderr_at],
                    ahead[stderr_at:report_at],
                    ahead[report_at:end],
                )
            )
            at = end
        self._at = at
        return found

    def fileno(self) -> int:
        """For polling: readable when it says something more than ``is_ahead``."""
        return self._socket.fileno()

    @property
    def is_ahead(self) -> bool:
        """Whether it has said something that has not been heard."""
        return self._at < len(self._ahead)

    def close(self) -> None:
        """Ends the zygote and its child. Safe to call twice."""
        self.interrupt()  # a thread that waits for a result does not notice a close
        self._socket.close()  # it ends by itself then, and says why if it has a reason
        self._grants.close()
        try:
            self._process.wait(timeout=_FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def interrupt(self) -> None:
        """Ends the talk, and so the zygote and its child, under the thread that waits for a result."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """Lets go of it without ending it: in a forked process it is not ours."""
        self._socket.close()
        self._grants.close()
        self._process.returncode = 0  # so that Popen does not wait for somebody else's child

    def _queue(self, kind: int, *parts: bytes) -> None:
        self._queued += (_HEADER.pack(kind, sum(map(len, parts))), *parts)

    def _receive(self, timeout_s: float) -> tuple[int, bytes]:
        """The type of the next frame, and what follows its header."""
        kind, length = self._next_frame(timeout_s)
        start = self._at + _HEADER.size
        self._at = start + length
        return kind, self._ahead[start : self._at]

    def _next_frame(self, timeout_s: float) -> tuple[int, int]:
        """Waits for the next frame: its type, and the length of what follows its header."""
        self._read_ahead(_HEADER.size, timeout_s)
        kind, length = _HEADER.unpack_from(self._ahead, self._at)
        self._read_ahead(_HEADER.size + length, timeout_s)
        return kind, length

    def _read_ahead(self, size: int, timeout_s: float) -> None:
        """Reads until so many bytes are there that have not been given out."""
        missing = size - (len(self._ahead) - self._at)
        if missing <= 0:
            return
        pieces = [self._ahead[self._at :]]
        while missing > 0:
            try:
                self._wait_at_most(timeout_s)
                pieces.append(self._socket.recv(max(_READ_AHEAD, missing)))
            except BlockingIOError:
                raise ZygoteDied("it does not answer") from None
            except OSError as error:
                raise ZygoteDied(str(error)) from None
            if not pieces[-1]:
                raise ZygoteDied("it closed its socket")
            missing -= len(pieces[-1])
        self._ahead = b"".join(pieces)
        self._at = 0

    def _wait_at_most(self, seconds: float) -> None:
        """The kernel's own limit: Python's costs two more system calls each time."""
        if seconds != self._timeout_s:
            self._timeout_s = seconds
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(seconds))


def _timeval(seconds: float) -> bytes:
    return _TIMEVAL.pack(int(seconds), int(seconds % 1 * 1e6))


def _rights(descriptor: int) -> tuple[int, int, array.array[int]]:
    return (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))


def _script() -> Path:
    """A zygote's program: as bytecode, like all that it imports, where the usual cache can be written.

    A compiler leaves memory behind, a megabyte of it, that every fork would have to copy.
    """
    source = _GUEST / "zygote.py"
    if sys.pycache_prefix or sys.flags.optimize:
        return source  # a zygote, with flags of its own, looks for other files than we would write
    is_compiled = compileall.compile_dir(_GUEST, quiet=2)
    return Path(importlib.util.cache_from_source(source)) if is_compiled else source


def _spawn(
    role: Role,
    control: socket.socket,
    grants: socket.socket,
    warmth: Warmth,
    trees: readable_paths.Trees,
) -> subprocess.Popen[bytes]:
    if not sys.platform.startswith("linux"):
        raise SandboxError("rltf's sandbox runs on Linux only (x86-64 or aarch64)")
    try:
        native = str(readable_paths.native_library())
    except FileNotFoundError as error:
        raise SandboxError(str(error)) from None
    settings = {
        "control": control.fileno(),
        "grants": grants.fileno(),
        "role": role,
        "guest": str(_GUEST),
        "native": native,
        "path": [str(site) for site in readable_paths.site_folders()],
        "trees": trees,
        "layers": list(LAYERS),
        "preload": MODULES[warmth] + (_DRAWN_FROM if role == "judge" and warmth == "numpy" else []),
    }
    return subprocess.Popen(
        [sys.executable, *FLAGS, str(_script()), json.dumps(settings)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(control.fileno(), grants.fileno()),
        env=environment(),
        start_new_session=True,
    )


def environment() -> dict[str, str]:
    """The whole environment of a program: nothing of the caller's, everything fixed."""
    single = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
        "1",
    )
    return single | {
        "HOME": "/",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "LD_BIND_NOW": "1",  # a symbol that is bound in a child is a page copied, each time anew
        "MALLOC_ARENA_MAX": "2",  # each arena reserves 64 MiB of the address space that is limited
        "MPLCONFIGDIR": "/tmp",  # matplotlib needs a folder that looks writable
        "PATH": os.defpath,
        "PYTHONHASHSEED": "0",
        "PYTHON_DISABLE_REMOTE_DEBUG": "1",
        "TZ": "UTC",
    }
