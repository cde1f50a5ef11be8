"""What one test may use. The data only: the kernel side is in csrc/limits.c."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

MIB = 1024 * 1024


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
        for name in ("cpu_s", "memory_mb", "output_bytes", "threads", "open_files"):
            if not getattr(self, name) > 0:
                raise ValueError(f"limits: {name} must be positive, not {getattr(self, name)!r}")
        if self.wall_s is not None and not self.wall_s > 0:
            raise ValueError(f"limits: wall_s must be positive or null, not {self.wall_s!r}")
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
            raise ValueError(
                f"limits: unknown name {unknown[0]!r} (known: {', '.join(sorted(known))})"
            )
        return cls(**values)
