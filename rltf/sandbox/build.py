"""The cffi build of csrc/ into ``rltf.sandbox._native`` (API mode; run by setup.py)."""

from __future__ import annotations

import sys
from pathlib import Path

from cffi import FFI

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "server.c",
    "batch.c",
    "child.c",
    "watch.c",
    "streams.c",
    "wire.c",
    "limits.c",
    "jail.c",
    "seccomp.c",
    "files.c",
    "probe.c",
    "broker.c",
    "namespaces.c",
    "text.c",
)
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

ffibuilder = FFI()
ffibuilder.cdef(
    """
    struct rltf_job {
        const char *program;
        size_t program_length;
        const char *test;
        size_t test_length;
        uint32_t flags;
    };
    void rltf_huge_text(void);
    int rltf_prepare(int control, int grants);
    struct rltf_tree { const char *path; int kind; };
    int rltf_jail(const struct rltf_tree *trees);
    int rltf_serve(const char *layers, struct rltf_job *job);
    void rltf_release(void);
    int rltf_next_test(int exit_code, struct rltf_job *job);
    const char *rltf_failure(void);
    """
)
ffibuilder.set_source(
    "rltf.sandbox._native",
    '#include "rltf.h"',
    # setuptools wants paths relative to setup.py
    sources=[f"csrc/{name}" for name in SOURCES],
    depends=["csrc/rltf.h"],
    include_dirs=[str(ROOT / "csrc")],
    extra_compile_args=list(FLAGS),
    extra_link_args=list(LINK_FLAGS),
)
