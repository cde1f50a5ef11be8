"""What one test may use. The data only: the kernel side is in csrc/limits.c."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from rltf.common.did_you_mean import nearest

MIB = 1024 * 1024

LONGEST_WALL_S = 604_800
_SECONDS = ("cpu_s", "wall_s")
_MOST = {
    "cpu_s": 86_400,
    "wall_s": LONGEST_WALL_S,
    "memory_mb": 1 << 20,
    "output_bytes": 1 << 29,
    "threads": 32_768,
    "open_files": 1024,
}
_LEAST = {"open_files": 5}
"""Descriptors 0 to 5 are there from the start."""


@dataclass(frozen=True)
class Limits:
    """Limits of one test (or of one run of ``Sandbox.run``).

    CPU time decides a timeout, so that a busy machine does not change a verdict; wall time only
    catches programs that sleep.
    """

    cpu_s: float = 10.0
    """CPU seconds, user and system, of all threads of the program."""
    wall_s: float | None = None
    """Wall seconds without using the CPU; ``None`` means 3 x ``cpu_s``."""
    memory_mb: int = 1024
    """MiB of address space on top of what the interpreter itself needs."""
    output_bytes: int = 16 * MIB
    """Bytes of stdout, of stderr, and of a returned value, each."""
    threads: int = 64
    """Threads alive at one time, the main one included."""
    open_files: int = 64
    """File descriptors open at one time."""
    file_bytes: int = 0
    """Bytes of a file the program may write. 0: programs write no files."""

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            value = getattr(self, name)
            if value is None and name == "wall_s":
                continue
            whole = name not in _SECONDS
            if type(value) is not int and (whole or type(value) is not float):
                kind = "a whole number" if whole else "a number"
                raise ValueError(f"limits: {name} must be {kind}, not {value!r:.40}")
            least = _LEAST.get(name, 0)
            if not least < value <= most:
                raise ValueError(
                    f"limits: {name} must be above {least:g} and at most {most:g}, not {value!r}"
                )
        if self.file_bytes != 0:
            raise ValueError("limits: file_bytes must be 0: programs in the sandbox write no files")

    @property
    def wall_limit_s(self) -> float:
        """The wall limit in force, in seconds."""
        return 3.0 * self.cpu_s if self.wall_s is None else self.wall_s

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Limits:
        """Limits from their JSON form; an unknown name is an error that lists the known ones."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            hint = nearest(unknown[0], known, repr) or f" (known: {', '.join(sorted(known))})"
            raise ValueError(f"limits: unknown name {unknown[0]!r}{hint}")
        return cls(**values)
