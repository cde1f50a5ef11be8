"""Namespaces stand behind the filter where a user may make them; a program cannot tell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rltf.sandbox import Sandbox

WHO_AM_I = "import os\nprint(os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getpid() > 1)"


def may_unshare() -> bool:
    new_user, new_ipc, new_net = 0x10000000, 0x08000000, 0x40000000
    probe = (
        f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({new_user | new_ipc | new_net}))"
    )
    return subprocess.run([sys.executable, "-c", probe]).returncode == 0


def test_they_are_used_where_they_may_be(sandbox: Sandbox) -> None:
    namespaces = {"user_ns", "net_ns", "ipc_ns"}
    assert namespaces & set(sandbox.layers) == (namespaces if may_unshare() else set())


def test_a_zygote_has_a_network_with_nothing_in_it(sandbox: Sandbox) -> None:
    for pid in sandbox.pids if "net_ns" in sandbox.layers else ():
        devices = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in devices] == ["lo"]
        assert Path(f"/proc/{pid}/net/unix").read_text().count("\n") == 1


def test_a_zygote_knows_one_user(sandbox: Sandbox) -> None:
    for pid in sandbox.pids if "user_ns" in sandbox.layers else ():
        known = Path(f"/proc/{pid}/uid_map").read_text().split()
        assert known == [str(os.geteuid()), str(os.geteuid()), "1"]


def test_a_program_is_who_it_would_be_without(sandbox: Sandbox) -> None:
    ids = f"{os.geteuid()} {os.geteuid()} {os.getegid()} {os.getegid()} True\n"
    assert sandbox.run(WHO_AM_I).stdout == ids


@pytest.mark.parametrize("signal", ["SIGABRT", "SIGTERM", "SIGKILL", "SIGSEGV"])
def test_a_program_dies_of_its_own_signals(sandbox: Sandbox, signal: str) -> None:
    """As it would not, were it the first process of a PID namespace."""
    result = sandbox.run(f"import os, signal\nos.kill(os.getpid(), signal.{signal})\nprint('deaf')")
    assert (result.status, result.stdout) == ("crashed", "")
