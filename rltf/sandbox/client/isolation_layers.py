"""The layers of protection: what each does, and what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """The description of a layer."""

    protects: str
    how: str
    """How to get the layer if it is missing."""


FILES = "files"
"""The layer that only the zygotes of tests with files have."""
_ALWAYS = "always there: the sandbox does not start without it"
_NAMESPACES = "as user_ns, or root with CAP_SYS_ADMIN"

LAYERS = {
    "no_new_privs": Layer("no program gains rights by executing a file", _ALWAYS),
    "seccomp": Layer("no new programs or processes, no network, no writing, no signals", _ALWAYS),
    "rlimits": Layer(
        "memory (as address space), CPU time, output and open files are bounded", _ALWAYS
    ),
    "capabilities": Layer("no rights of root, where rltf runs as root", _ALWAYS),
    "landlock": Layer(
        "the kernel opens no file but Python's own, behind the broker",
        "Linux 5.13 or newer with Landlock among its LSMs (lsm=landlock,…), and a container that "
        "lets its system calls through",
    ),
    "broker": Layer(
        "files are opened one by one: code and metadata of packages, no data; threads are counted",
        "Linux 5.9 or newer, no other seccomp listener above rltf, and a process that may read its own "
        "child's memory (kernel.yama.ptrace_scope below 2)",
    ),
    "user_ns": Layer(
        "no user of this machine, and so no rights, behind the others",
        "user namespaces for unprivileged users: most containers allow none, and seccomp stands alone "
        "there; on Ubuntu, kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "net_ns": Layer("a network with nothing in it", _NAMESPACES),
    "ipc_ns": Layer("none of this machine's shared memory and queues", _NAMESPACES),
    FILES: Layer(
        "a test with files has a folder of its own, of limited size, and changes nothing else",
        "Linux 5.12 or newer, the layer broker, and a mount namespace: user namespaces for "
        "unprivileged users, or root with CAP_SYS_ADMIN beside Landlock",
    ),
}
"""Every layer by name (``enum layer`` in csrc/protocol.h)."""


def check_names(names: Iterable[str]) -> None:
    """Raise ``ValueError`` for a name that is not a layer."""
    for name in names:
        if name not in LAYERS:
            raise ValueError(f"there is no layer {name!r}; layers are {', '.join(LAYERS)}")


def complaint(required: Iterable[str], in_force: Iterable[str]) -> str:
    """Return a message about the first required layer that is not in force; empty if all are."""
    held = set(in_force)
    for name in required:
        if name not in held:
            return (
                f"the layer {name} is required and not in force here; it needs {LAYERS[name].how}"
            )
    return ""
