"""The report of a child: frames that say how its test went.

A frame is a kind (one byte), a length (u32) and that many bytes. The client reads them with
``rltf.sandbox.judging.outcomes``. A program can write frames as well, so that a frame is a
claim.
"""

from __future__ import annotations

import os
import struct

from . import wire

HEADER = struct.Struct("<cI")

# Kinds of frames that a candidate writes
VALUE = b"V"
"""What a call returned, as ``values`` encodes it. In guarded mode: the secret."""
UNSUPPORTED = b"U"
"""The name of a type that a call returned and that cannot be encoded."""
EQUALS_ANYTHING = b"L"
"""The same, of an object that claims to be equal to anything."""
EXCEPTION = b"X"
"""An exception that ended the program, as ``exceptions.describe`` describes it."""
CHECK_FAILED = b"W"
"""Guarded mode: the exception of a check that failed, described in the same way."""
BROKEN_TEST = b"T"
"""Guarded mode: the secret, and why no program can pass the test."""

# Kinds of frames that a judge writes
BEGUN = b"B"
"""The test's code is reached. Before that, only the program's names are read."""
CALLED = b"C"
"""The test has called the program. From here on the program's values take part in the test."""
JUDGED = b"J"
"""The finding (guest/judge/findings.py) and its description."""


def write(kind: bytes, data: bytes) -> None:
    """Write one frame to the report."""
    frame = memoryview(HEADER.pack(kind, len(data)) + data)
    while frame:
        frame = frame[os.write(wire.REPORT_FD, frame) :]
