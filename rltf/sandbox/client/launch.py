"""Starting a zygote: its command line, settings and environment, and what it imports at first.

A fork copies the page tables of everything that its zygote holds, so a zygote with little in it
forks faster. An import in a child costs milliseconds each time, that of pytest hundreds. So there
are several kinds of zygote, and the text of a program and of the test code that runs in its process
decides which one it gets. This is only a matter of speed.
"""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Literal

import rltf.sandbox._native as native
from rltf.errors import SandboxError
from rltf.sandbox.client import readable_paths
from rltf.sandbox.client.connection import layer_bit
from rltf.sandbox.client.isolation_layers import LAYERS
from rltf.sandbox.client.private_folder import Folder, place, variables

Preload = Literal[
    "slim",
    "stdlib",
    "asyncio",
    "unittest",
    "mock",
    "pytest",
    "numpy",
    "numpy+unittest",
    "numpy+mock",
    "numpy+pytest",
]

_SLIM = """
    abc bisect builtins collections collections.abc contextlib copy datetime decimal encodings.ascii
    encodings.latin_1 errno fractions functools heapq io itertools json keyword math numbers operator os
    random re string struct sys threading time traceback types warnings weakref
"""
_STDLIB = """
    array ast base64 calendar cmath dataclasses encodings.idna enum hashlib locale pprint queue statistics
    _strptime textwrap typing unicodedata zlib
"""
_SOME = [*_SLIM.split(), *_STDLIB.split()]
_UNITTEST = ["unittest"]
_MOCK = [*_UNITTEST, "unittest.mock"]
_PYTEST = [*_MOCK, "pytest"]
MODULES: dict[Preload, list[str]] = {
    "slim": _SLIM.split(),
    "stdlib": _SOME,
    "asyncio": [*_SOME, "asyncio"],
    "unittest": [*_SOME, *_UNITTEST],
    "mock": [*_SOME, *_MOCK],
    "pytest": [*_SOME, *_PYTEST],
    "numpy": [*_SOME, "numpy"],
    "numpy+unittest": [*_SOME, "numpy", *_UNITTEST],
    "numpy+mock": [*_SOME, "numpy", *_MOCK],
    "numpy+pytest": [*_SOME, "numpy", *_PYTEST],
}
_MENTIONS = re.compile(rf"\b({'|'.join(_STDLIB.split())}|strptime|idna)\b")
PYTEST_FIXTURES = re.compile(r"\b(monkeypatch|recwarn|caplog|capsys|capfd|tmp_path|tmpdir)\b")
"""Fixtures of pytest, which need no import."""


_WITH_NUMPY: dict[Preload | None, Preload] = {
    None: "numpy",
    "unittest": "numpy+unittest",
    "mock": "numpy+mock",
    "pytest": "numpy+pytest",
}


def preload_for(text: str, *, all_modules: bool = False, tests: str = "") -> Preload:
    """Return the kind of zygote that a program or test code should be forked from.

    Args:
        text: The program.
        all_modules: Whether its harness imports many modules for it
        (``guest/candidate/harness_imports.py``).
        tests: The test code that runs in the same process.
    """
    whole = f"{text}\n{tests}"
    framework = _framework(tests)
    if "numpy" in whole:
        return _WITH_NUMPY[framework]
    if framework:
        return framework
    if "asyncio" in whole:
        return "asyncio"
    return "stdlib" if all_modules or ("import" in whole and _MENTIONS.search(whole)) else "slim"


def _framework(tests: str) -> Preload | None:
    """Return the kind for the largest framework that test code uses."""
    if "pytest" in tests or PYTEST_FIXTURES.search(tests):
        return "pytest"
    if "unittest" in tests:
        return "mock" if "mock" in tests else "unittest"
    return None


Role = Literal["candidate", "judge"]

# -I without its -E: the environment is ours, and PYTHONHASHSEED has to count
FLAGS = ("-P", "-s", "-S", "-B", "-X", "utf8")
_GUEST = Path(__file__).parents[1] / "guest"
_RANDOM_OF_NUMPY = ["numpy.random"]  # numpy imports it late; a judge seeds it for each test


def start(
    role: Role,
    control: socket.socket,
    grants: socket.socket,
    preload: Preload,
    trees: readable_paths.Trees,
    folder: Folder | None = None,
    hash_seed: int = 0,
) -> subprocess.Popen[bytes]:
    """Start the process of a zygote.

    Args:
        role: What its children run.
        control: The zygote's end of the control socket.
        grants: The zygote's end of the socket of grants.
        preload: What it imports before its first fork.
        trees: What its children may read.
        folder: The folder that each of its children has for files, if any.
        hash_seed: ``PYTHONHASHSEED`` of its children.

    Raises:
        SandboxError: This is not Linux.
    """
    if not sys.platform.startswith("linux"):
        raise SandboxError("rltf's sandbox runs on Linux only (x86-64 or aarch64)")
    for_judges = role == "judge" and preload.startswith("numpy")
    settings = {
        "control": control.fileno(),
        "grants": grants.fileno(),
        "role": role,
        "guest": str(_GUEST),
        "native": native.__file__,
        "path": [str(site) for site in readable_paths.site_folders()],
        "trees": trees,
        "folder": folder and (place(trees), folder.bytes, folder.files),
        "layers": [(name, layer_bit(name)) for name in LAYERS],
        "preload": MODULES[preload] + (_RANDOM_OF_NUMPY if for_judges else []),
        # an installer may leave compiling to the first import, and this may be the only one
        "bytecode": not (sys.dont_write_bytecode or sys.pycache_prefix),
    }
    return subprocess.Popen(
        [sys.executable, *FLAGS, str(script()), json.dumps(settings)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(control.fileno(), grants.fileno()),
        env=environment(hash_seed) | ({} if folder is None else variables(place(trees))),
        start_new_session=True,
    )


def script() -> Path:
    """Return a zygote's program, as bytecode where the usual cache can be written.

    A compiler leaves a megabyte of memory behind, which every fork would have to copy.
    """
    source = _GUEST / "zygote.py"
    if sys.pycache_prefix or sys.flags.optimize:
        return source  # a zygote has flags of its own, and would look for other files than we write
    is_compiled = compileall.compile_dir(_GUEST, quiet=2)
    return Path(importlib.util.cache_from_source(source)) if is_compiled else source


def environment(hash_seed: int = 0) -> dict[str, str]:
    """Return the whole environment of a program. It is fixed and holds nothing of the caller's."""
    single_threaded = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return dict.fromkeys(single_threaded, "1") | {
        "HOME": "/",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "LD_BIND_NOW": "1",  # a symbol that is bound in a child costs each child a page copy
        "MALLOC_ARENA_MAX": "2",  # each arena reserves 64 MiB of the limited address space
        "MPLCONFIGDIR": "/tmp",  # matplotlib needs a folder that looks writable
        "PATH": os.defpath,
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHON_DISABLE_REMOTE_DEBUG": "1",
        "TZ": "UTC",
    }
