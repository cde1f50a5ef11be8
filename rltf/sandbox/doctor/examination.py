"""Examining which layers protect this machine, and whether they really do.

A layer is in force when a zygote says so. Whether it holds is tested by attacks, in a sandbox
that is thrown away, and by what the kernel says about the zygote's process.
"""

from __future__ import annotations

import json
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from os import getpid
from pathlib import Path
from typing import Any

from rltf.common.schema import SCHEMA
from rltf.limits import MIB, Limits
from rltf.sandbox.client.isolation_layers import FILES, LAYERS
from rltf.sandbox.client.readable_paths import site_folders
from rltf.sandbox.doctor.attacks import ATTACKS, Attack
from rltf.sandbox.program_run import RunResult
from rltf.sandbox.sandbox import Sandbox

LIMITS = Limits(
    cpu_s=0.5,
    wall_s=1.0,
    memory_mb=256,
    output_bytes=MIB,
    threads=16,
    open_files=32,
    files_mb=8,
    files=64,
)
"""Small, so that attacks on the limits are soon over."""


@dataclass(frozen=True)
class LayerState:
    """A layer, and whether it is in force here."""

    name: str
    in_force: bool
    protects: str
    how: str


@dataclass(frozen=True)
class Finding:
    """The result of one attack, or of one question to the kernel."""

    name: str
    layers: tuple[str, ...]
    held: bool
    detail: str
    """What stopped the program, or why the layer did not hold."""


@dataclass(frozen=True)
class Report:
    """The whole examination."""

    layers: tuple[LayerState, ...]
    findings: tuple[Finding, ...]

    @property
    def held(self) -> bool:
        """Whether nothing got through."""
        return all(finding.held for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"schema": SCHEMA, "held": self.held, **asdict(self)}


def examine() -> Report:
    """Start a sandbox and attack it.

    Raises:
        SandboxError: This machine cannot run a sandbox at all.
    """
    with Sandbox(workers=1, limits=LIMITS) as sandbox, targets() as facts:
        has_files = sandbox.run("", files=True).status != "unscored"
        in_force = {*sandbox.layers, *([FILES] if has_files else [])}
        states = [
            LayerState(name, name in in_force, layer.protects, layer.how)
            for name, layer in LAYERS.items()
        ]
        findings = [
            *_asked(sandbox.pids[0]),
            *_namespaces(sandbox, facts["port"]),
            *(attack(sandbox, each, facts) for each in ATTACKS if has_files or not each.files),
        ]
    return Report(tuple(states), tuple(findings))


def attack(sandbox: Sandbox, tried: Attack, facts: dict[str, Any]) -> Finding:
    """Run one attack."""
    result = sandbox.run(tried.source, stdin=json.dumps(facts), files=tried.files)
    detail = _met(result)
    if result.status == "unscored":
        return Finding(tried.name, tried.layers, False, f"could not be tried: {detail}")
    if facts["got_through"] in result.stderr:
        return Finding(tried.name, tried.layers, False, "it got through")
    return Finding(tried.name, tried.layers, True, detail)


@contextmanager
def targets() -> Iterator[dict[str, Any]]:
    """Set up targets for attacks, and yield what a program must know about them."""
    with (
        tempfile.TemporaryDirectory(prefix="rltf-doctor-") as folder,
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as named,
    ):
        secret_file, victim = Path(folder, "secret"), Path(folder, "victim")
        secret = secrets.token_hex(16)
        secret_file.write_text(secret)
        victim.touch()
        name = f"\0rltf-doctor-{secrets.token_hex(8)}"
        named.bind(name)
        named.listen()
        yield {
            "data_file": str(_data_file()),
            "got_through": secrets.token_hex(16),
            "secret": secret,
            "secret_file": str(secret_file),
            "folder": folder,
            "victim": str(victim),
            "port": port.getsockname()[1],
            "socket": name,
            "pid": getpid(),
            "cpu_s": LIMITS.cpu_s,
            "wall_s": LIMITS.wall_limit_s,
            "memory_mb": LIMITS.memory_mb,
            "output_bytes": LIMITS.output_bytes,
            "threads": LIMITS.threads,
            "open_files": LIMITS.open_files,
            "files_mb": LIMITS.files_mb,
            "files": LIMITS.files,
        }


def _data_file() -> Path:
    """Return a file that is not code, beside the code of an installed package (pluggy has one)."""
    return next(file for site in site_folders() for file in site.glob("*/py.typed"))


def _met(result: RunResult) -> str:
    """Return what ended the program, in a few words."""
    if result.reason:
        return result.reason
    if result.error is None:
        return "no way was found"
    return f"{result.error.type}: {result.error.message}"


def _asked(pid: int) -> Iterator[Finding]:
    """Ask the kernel about a zygote's rights, which seccomp keeps programs from even trying."""
    lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    status = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    for name, layer, field, wanted in (
        ("gain rights from a file", "no_new_privs", "NoNewPrivs", 1),
        ("use rights of root", "capabilities", "CapEff", 0),
        ("get rights of root back", "capabilities", "CapPrm", 0),
        ("run without a filter", "seccomp", "Seccomp", 2),
    ):
        value = status.get(field, "unknown")
        held = value != "unknown" and int(value, 16) == wanted
        yield Finding(name, (layer,), held, f"the kernel says {field} {value}")


def _namespaces(sandbox: Sandbox, port: int) -> Iterator[Finding]:
    """Compare the namespaces of a zygote with ours. Programs cannot even try to leave them."""
    process = Path(f"/proc/{sandbox.pids[0]}")
    if "user_ns" in sandbox.layers:
        users = (process / "uid_map").read_text().split()
        held = users[-1] == "1"
        detail = f"the kernel says that it knows {users[-1]} user(s)"
        yield Finding("be another user of this machine", ("user_ns",), held, detail)
    if "net_ns" in sandbox.layers:
        ports = [line.split()[1] for line in (process / "net/tcp").read_text().splitlines()[1:]]
        held = not any(address.endswith(f":{port:04X}") for address in ports)
        detail = f"the kernel says that {len(ports)} sockets are in its network"
        yield Finding("see this machine's network", ("net_ns",), held, detail)
    if "ipc_ns" in sandbox.layers:
        try:
            held = (process / "ns/ipc").readlink() != Path("/proc/self/ns/ipc").readlink()
        except PermissionError:
            return  # the kernel tells root alone
        detail = "the kernel says that its namespace is " + ("another" if held else "ours")
        yield Finding("see this machine's shared memory", ("ipc_ns",), held, detail)
