"""The client's end of one zygote: start it, send it tests, read their results."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable
from typing import NamedTuple

from rltf.errors import SandboxError
from rltf.limits import MIB, Limits
from rltf.sandbox.client import launch, readable_paths
from rltf.sandbox.client.connection import (
    GRANT,
    HEADER,
    PROGRAM,
    RESULT,
    TEST,
    TEST_IS_SOURCE,
    WIRE_END,
    WIRE_OVERDUE,
    WIRE_PROGRAM,
    WIRE_READY,
    WIRE_RESULT,
    WIRE_TEST,
    Connection,
    ZygoteDied,
)
from rltf.sandbox.client.launch import Preload, Role
from rltf.sandbox.client.private_folder import Folder
from rltf.sandbox.client.wall_clock import Overdue, WallCharge
from rltf.sandbox.guest.shared.wire import MOST_TOGETHER

_STARTUP_S = 60.0
_FAREWELL_S = 5.0
PATIENCE_S = 60.0
"""Seconds past every limit after which a silent zygote is given up."""

_pack_test = TEST.packer("type", "length", "stdin_length")
_read_result = RESULT.picker(
    "flags", "exit_code", "signal", "cpu_ns", "wall_ns", "peak_kb", "fault"
)
_read_lengths = RESULT.picker("type", "length", "stdout_length", "stderr_length")


class ChildResult(NamedTuple):
    """What the fork server measured in one test, and what the child wrote (struct wire_result)."""

    flags: int
    """``RESULT_…`` of guest/shared/wire.py."""
    exit_code: int
    signal: int
    cpu_s: float
    wall_s: float
    peak_memory_mb: float
    fault: int
    stdout: bytes
    stderr: bytes
    report: bytes


class CannotStart(SandboxError):
    """A zygote ended before it was ready. The message is what it said last."""


class Zygote:
    """A running zygote. Not thread-safe: one thread uses it at a time."""

    def __init__(
        self,
        role: Role,
        preload: Preload = "slim",
        folder: Folder | None = None,
        hash_seed: int = 0,
    ) -> None:
        ours, control = socket.socketpair()
        self._grants, grants = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._connection = Connection(ours)
        self.trees = readable_paths.trees()
        """What its programs may read."""
        with control, grants:
            self._process = launch.start(
                role, control, grants, preload, self.trees, folder, hash_seed
            )
        self.pid = self._process.pid
        try:
            kind, text = self._connection.receive(_STARTUP_S)
            if kind != WIRE_READY:
                raise ZygoteDied("it answered out of turn")
        except ZygoteDied:
            self.close()
            if self._process.returncode == -signal.SIGKILL:
                raise  # another process killed it
            raise CannotStart(self._last_words()) from None
        self.layers: tuple[str, ...] = tuple(text.decode().split())

    def _last_words(self) -> str:
        assert self._process.stderr is not None
        lines = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def program(self, limits: Limits, flags: int, blob: bytes, source: str | None = None) -> None:
        """Queue the program that the following tests are for.

        Args:
            limits: Its limits.
            flags: ``PROGRAM_…`` of guest/shared/wire.py.
            blob: What the child's Python side reads.
            source: What the program reads as its own file, and what ``blob`` ends with. ``None``:
                each test's blob is such a file.
        """
        program = PROGRAM.pack(
            cpu_ns=int(limits.cpu_s * 1e9),
            wall_ns=int(limits.wall_limit_s * 1e9),
            memory_bytes=limits.memory_mb * MIB,
            output_bytes=limits.output_bytes,
            threads=limits.threads,
            open_files=limits.open_files,
            flags=flags,
            source_length=(
                TEST_IS_SOURCE if source is None else len(source.encode("utf-8", "surrogatepass"))
            ),
        )
        self._connection.queue(WIRE_PROGRAM, program, blob)

    def test(self, stdin: bytes = b"", blob: bytes = b"") -> None:
        """Queue one test. What is queued is sent before the next result is waited for."""
        size = len(stdin)
        length = TEST.size - HEADER.size + size + len(blob)
        header = _pack_test(WIRE_TEST, length, size)
        self._connection.queued += (header, stdin, blob)

    def test_with_channel(self, channel: int, blob: bytes = b"") -> None:
        """Send one test, whose process gets a descriptor as its channel."""
        self.test(blob=blob)
        self._connection.flush(channel)

    def end(self) -> None:
        """Queue the end of the test of a server candidate, or of the process of these tests."""
        self._connection.queue(WIRE_END)

    def flush(self) -> None:
        """Send what is queued."""
        self._connection.flush()

    def results(self, limits: Limits, sent: int) -> list[ChildResult]:
        """Wait for results, at least one, of the oldest of ``sent`` tests that have none yet."""
        if self._connection.queued:
            self.flush()
        if results := self._results_ahead(MOST_TOGETHER):
            return results
        wall_limit_s = limits.wall_limit_s
        charges: dict[int, WallCharge] = {}  # tests that run together are charged one by one

        def grant_ns(overdue: Overdue) -> int:
            charge = charges.setdefault(overdue.test, WallCharge(int(wall_limit_s * 1e9)))
            return charge.grant_ns(overdue)

        while True:
            result = self.hear(wall_limit_s * min(sent, MOST_TOGETHER) + PATIENCE_S, grant_ns)
            if result is not None:
                return [result, *self._results_ahead(MOST_TOGETHER)]

    def hear(self, timeout_s: float, grant_ns: Callable[[Overdue], int]) -> ChildResult | None:
        """Wait for the zygote's next frame: a result, or a question about wall time.

        Answers a question with ``grant_ns``, and returns ``None`` then.
        """
        if self._connection.queued:
            self.flush()
        kind, _ = self._connection.wait_for_frame(timeout_s)
        if kind == WIRE_RESULT and (results := self._results_ahead(1)):
            return results[0]
        if kind != WIRE_OVERDUE:
            raise ZygoteDied("it answered out of turn")
        overdue = Overdue.parse(self._connection.receive(timeout_s)[1])
        grant = GRANT.pack(test=overdue.test, wall_ns=grant_ns(overdue))
        try:
            self._grants.send(grant)
        except OSError as error:
            raise ZygoteDied(str(error)) from None
        return None

    def _results_ahead(self, most: int) -> list[ChildResult]:
        """Take the next results from the data that was read ahead."""
        connection = self._connection
        ahead, at = connection.ahead, connection.at
        size, header_size = RESULT.size, HEADER.size
        results: list[ChildResult] = []
        while at + size <= len(ahead) and len(results) < most:
            fields = RESULT.unpack_from(ahead, at)
            kind, length, stdout_length, stderr_length = _read_lengths(fields)
            end = at + header_size + length
            if kind != WIRE_RESULT or end > len(ahead):
                break
            flags, exit_code, signal_number, cpu_ns, wall_ns, peak_kb, fault = _read_result(fields)
            stdout_at = at + size
            stderr_at = stdout_at + stdout_length
            report_at = stderr_at + stderr_length
            results.append(
                ChildResult(
                    flags,
                    exit_code,
                    signal_number,
                    cpu_ns / 1e9,
                    wall_ns / 1e9,
                    peak_kb / 1024,
                    fault,
                    ahead[stdout_at:stderr_at],
                    ahead[stderr_at:report_at],
                    ahead[report_at:end],
                )
            )
            at = end
        connection.at = at
        return results

    def fileno(self) -> int:
        """Return the descriptor for polling: readable when more has come than ``is_ahead`` says."""
        return self._connection.fileno()

    @property
    def is_ahead(self) -> bool:
        """Whether data of the zygote was read ahead and not used yet."""
        return self._connection.is_ahead

    def close(self) -> None:
        """End the zygote and its child. Safe to call twice."""
        self.interrupt()  # a thread that waits for a result does not notice a close
        self._connection.close()  # now the zygote ends by itself, and reports any fault
        self._grants.close()
        try:
            self._process.wait(timeout=_FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def interrupt(self) -> None:
        """End the zygote and its child, even while another thread waits for a result."""
        self._connection.shut_down()

    def abandon(self) -> None:
        """Release the zygote without ending it: in a forked process it is not ours."""
        self._connection.close()
        self._grants.close()
        self._process.returncode = 0  # so that Popen does not wait for a child of another process
