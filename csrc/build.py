"""The cffi builds of csrc/ (API mode; run by setup.py): the sandbox, and a decode step, twice.

Python sees what a few headers declare. This file hands the headers to cffi, so that no number and
no layout is written twice.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cffi import FFI

# setuptools wants paths relative to setup.py
ROOT = Path(__file__).resolve().parents[1]
FLAGS = (
    "-std=gnu11",
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


def builder(
    module: str, folders: list[str], headers: list[str], *flags: str, optional: bool = False
) -> FFI:
    """Return what builds ``module`` of the sources in these folders; Python sees ``headers``.

    An installation goes on without an optional module that the compiler refuses.
    """
    ffi = FFI()
    for header in headers:
        ffi.cdef(declarations(header))
    paths = [path for folder in folders for path in (ROOT / folder).iterdir()]
    found = sorted(str(path.relative_to(ROOT)) for path in paths)
    ffi.set_source(
        module,
        "".join(f'#include "{Path(header).name}"\n' for header in headers),
        sources=[name for name in found if name.endswith(".c")],
        depends=[name for name in found if name.endswith(".h")],
        include_dirs=[str(ROOT / folder) for folder in folders],
        extra_compile_args=[*FLAGS, *flags],
        extra_link_args=[*LINK_FLAGS, *(flag for flag in flags if flag == "-fopenmp")],
        optional=optional,
    )
    return ffi


sandbox = builder(
    "rltf.sandbox._native",
    ["csrc", "csrc/python"],
    ["csrc/protocol.h", "csrc/python_api.h"],
    "-O2",
)


def decode(module: str, *flags: str) -> FFI:
    """Return what builds the decode step for CPUs with certain instructions."""
    return builder(
        module,
        ["csrc/decode"],
        ["csrc/decode/decode.h"],
        "-O3",
        "-fopenmp",  # not every compiler has it; the engine does without these modules
        *flags,
        optional=True,
    )


# The engine loads the one that the CPU can run: rltf/models/engine/compiled.py.
decode_avx2 = decode("rltf.models.engine._decode_avx2", "-mavx2", "-mfma")
decode_avx512 = decode(
    "rltf.models.engine._decode_avx512",
    "-mfma",
    *(f"-mavx512{part}" for part in ("f", "bw", "dq", "vl")),
)
