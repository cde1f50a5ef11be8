"""The resources that one test may use. csrc/limits.c has the kernel enforce them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any

from rltf.common.did_you_mean import nearest
from rltf.common.options import Bounds, check_fields

MIB = 1024 * 1024

LONGEST_WALL_S = 604_800


@dataclass(frozen=True)
class Limits:
    """Limits of one test (or of one run of ``Sandbox.run``).

    CPU time decides a timeout, so that a busy machine does not change a verdict; wall time only
    catches programs that sleep.
    """

    cpu_s: Annotated[float, Bounds(above=0, at_most=86_400)] = 10.0
    """CPU seconds, user and system, of all threads of the program."""
    wall_s: Annotated[float, Bounds(above=0, at_most=LONGEST_WALL_S)] | None = None
    """Wall seconds without using the CPU; ``None`` means 3 x ``cpu_s``."""
    memory_mb: Annotated[int, Bounds(at_least=1, at_most=1 << 20)] = 1024
    """MiB of address space on top of what the interpreter itself needs."""
    output_bytes: Annotated[int, Bounds(at_least=1, at_most=1 << 29)] = 16 * MIB
    """Bytes of stdout, of stderr, and of a returned value, each."""
    threads: Annotated[int, Bounds(at_least=1, at_most=32_768)] = 64
    """Threads alive at one time, the main one included."""
    open_files: Annotated[int, Bounds(at_least=6, at_most=1024)] = 64
    """File descriptors open at one time; 0 to 5 are open from the start."""
    files_mb: Annotated[int, Bounds(at_least=1, at_most=1 << 16)] = 64
    """MiB of all files in the folder of a test that has one (``Problem.files``)."""
    files: Annotated[int, Bounds(at_least=1, at_most=1 << 16)] = 256
    """Files, folders and links in that folder at one time."""
    file_bytes: int = 0
    """Always 0; ``files_mb`` is the limit of a test with a folder."""

    def __post_init__(self) -> None:
        check_fields(self, ValueError, "limits: ")
        if self.file_bytes != 0:
            raise ValueError("limits: file_bytes must be 0; files_mb limits the files of a test")

    @property
    def wall_limit_s(self) -> float:
        """The wall limit in force, in seconds."""
        return 3.0 * self.cpu_s if self.wall_s is None else self.wall_s

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Limits:
        """Read limits from their JSON form; an error about an unknown name lists the known ones."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            hint = nearest(unknown[0], known, repr) or f" (known: {', '.join(sorted(known))})"
            raise ValueError(f"limits: unknown name {unknown[0]!r}{hint}")
        return cls(**values)
