"""The cffi build of csrc/ into ``rltf.sandbox._native`` (API mode; run by setup.py).

Python sees what csrc/protocol.h and csrc/python_api.h declare. This file hands the headers to cffi,
so that no number and no layout is written twice.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cffi import FFI

ROOT = Path(__file__).resolve().parents[2]
# setuptools wants paths relative to setup.py
SOURCES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "csrc").rglob("*.c"))
HEADERS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "csrc").rglob("*.h"))
FOR_PYTHON = ("csrc/protocol.h", "csrc/python_api.h")
FLAGS = (
    "-std=gnu11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-fstack-protector-strong",
    "-D_FORTIFY_SOURCE=2",
    "-fvisibility=hidden",
)
LINK_FLAGS = ("-Wl,-z,relro,-z,now",)

if not sys.platform.startswith("linux"):
    raise SystemExit("rltf runs on Linux only (x86-64 or aarch64): its sandbox needs seccomp")


def declarations(header: str) -> str:
    """Return a header without preprocessor lines, which cffi does not understand."""
    lines = (ROOT / header).read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


ffibuilder = FFI()
for header in FOR_PYTHON:
    ffibuilder.cdef(declarations(header))
ffibuilder.set_source(
    "rltf.sandbox._native",
    '#include "python_api.h"\n#include "protocol.h"',
    sources=SOURCES,
    depends=HEADERS,
    include_dirs=[str(ROOT / "csrc")],
    extra_compile_args=list(FLAGS),
    extra_link_args=list(LINK_FLAGS),
)
