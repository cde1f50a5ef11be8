"""The part of the build that pyproject.toml cannot say: the C extension, and where it cannot be."""

import platform
import sys

from setuptools import setup

if not sys.platform.startswith("linux") or platform.machine() not in ("x86_64", "aarch64"):
    raise SystemExit(
        "rltf runs on Linux (x86-64 or aarch64) only: its sandbox is made of seccomp, Landlock and "
        f"fork. This is {platform.system()} on {platform.machine()}."
    )

setup(cffi_modules=["rltf/sandbox/build.py:ffibuilder"])
