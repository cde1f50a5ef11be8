"""What a program may read: the interpreter, what is installed beside rltf, and never rltf itself.

Everything else, above all the files that hold tests, is out of its reach; so are rltf's plugins: a
dataset may bring its tests along.
"""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from functools import cache
from pathlib import Path

from rltf import installed

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
_BYTECODE = "__pycache__"


def site_folders() -> tuple[Path, ...]:
    """The folders that packages are installed in, of this interpreter.

    A virtual environment may see those of others too: of the system's Python, or of another
    environment by a .pth file. What rltf needs in a zygote may lie there.
    """
    names = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    names += [name for name in sys.path if Path(name).name in _SITE_FOLDERS]
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
    is_site = path.name in _SITE_FOLDERS
    if not path.is_dir() or not (is_site or _holds_site_folders(path)):
        files.append(str(path))
        return
    folders.append(str(path))
    for entry in sorted(path.iterdir()):
        if not is_site:
            _add(entry, files, folders)
        elif entry.name == _BYTECODE:
            folders.append(str(entry))
            files += [str(each) for each in sorted(entry.iterdir()) if not _is_ours(each)]
        elif not _is_ours(entry):
            files.append(str(entry))


def _is_ours(entry: Path) -> bool:
    """Whether something in a site folder is rltf, or comes with a plugin of it."""
    return entry.name.lower().startswith(("rltf", "__editable__")) or entry.name in _plugin_files()


@cache
def _plugin_files() -> frozenset[str]:
    """Names of files and folders that distributions with plugins put into a site folder."""
    names: set[str] = set()
    for _, entry_point in installed.plugins():
        module = entry_point.module.partition(".")[0]
        names |= {module, f"{module}.py"}  # not every installer lists what it has written
        for file in (entry_point.dist and entry_point.dist.files) or ():
            names.add(file.name if file.parts[0] == _BYTECODE else file.parts[0])
    return frozenset(names)


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
