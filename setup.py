"""The part of the build that pyproject.toml cannot say: C extensions, and where they cannot be."""

import platform
import sys

from setuptools import setup

MACHINE = platform.machine()

if not sys.platform.startswith("linux") or MACHINE not in ("x86_64", "aarch64"):
    raise SystemExit(
        "rltf runs on Linux (x86-64 or aarch64) only: its sandbox is made of seccomp, Landlock and "
        f"fork. This is {platform.system()} on {MACHINE}."
    )

EXTENSIONS = ["csrc/build.py:sandbox"]
if MACHINE == "x86_64":
    EXTENSIONS += ["csrc/build.py:decode_avx2", "csrc/build.py:decode_avx512"]

setup(cffi_modules=EXTENSIONS)
