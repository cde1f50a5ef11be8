"""What a program may read: the interpreter, what is installed beside rltf, and never rltf itself.

Everything else, above all the files that hold tests, is out of its reach.
"""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from functools import cache
from pathlib import Path

_SYSTEM_FILES = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
    "/dev/random",
)
_SITE_FOLDERS = ("site-packages", "dist-packages")


def site_folders() -> tuple[Path, ...]:
    """The folders that packages are installed in, of this interpreter."""
    names = (sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    return tuple(dict.fromkeys(Path(name) for name in names if name))


def native_library() -> Path:
    """The compiled fork server."""
    found = importlib.util.find_spec("rltf.sandbox._native")
    if found is None or found.origin is None:
        raise FileNotFoundError(
            "the sandbox is not built: run `pip install -e .` in rltf's source folder (it needs gcc)"
        )
    return Path(found.origin)


@cache
def readable() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files and folders whose content programs may read, and folders they may only list."""
    standard = Path(sysconfig.get_path("stdlib"))
    files: list[str] = []
    folders: list[str] = []
    for path in (*map(Path, _SYSTEM_FILES), standard, Path(sys.base_prefix) / "lib"):
        _add(path, files, folders)
    for site in site_folders():
        _add(site, files, folders)
    return tuple(dict.fromkeys(files)), tuple(dict.fromkeys(folders))


def _add(path: Path, files: list[str], folders: list[str]) -> None:
    """Adds a path; a folder that holds site folders is added entry by entry, without rltf."""
    if not path.is_dir() or not (path.name in _SITE_FOLDERS or _holds_site_folders(path)):
        files.append(str(path))
        return
    folders.append(str(path))
    for entry in sorted(path.iterdir()):
        if path.name in _SITE_FOLDERS:
            if not entry.name.lower().startswith(("rltf", "__editable__")):
                files.append(str(entry))
        else:
            _add(entry, files, folders)


@cache
def _holds_site_folders(path: Path) -> bool:
    real = path.resolve()
    if any(real in site.resolve().parents for site in site_folders()):
        return True
    return any((path / name).is_dir() for name in _SITE_FOLDERS) or any(
        (entry / name).is_dir()
        for entry in path.glob("python3*")
        if entry.is_dir()
        for name in _SITE_FOLDERS
    )
