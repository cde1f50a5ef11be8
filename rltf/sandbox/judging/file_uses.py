"""Whether test code visibly needs a folder for files: it writes one, or asks whether one is there.

The code is read, never run. Only the test's own code counts: what a program does must not decide
how it is judged.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from rltf.common import syntax

_HINTS = re.compile(
    r"open|tmp|tempfile|sqlite3|\bos\b|pathlib|shutil|zipfile|tarfile|glob|FileHandler|chdir|shelve|dbm|"
    r"parse|read_|to_csv|to_json|to_excel|to_parquet|savefig|savetxt|loadtxt|load_workbook|imread"
)
"""Text without any of these is not parsed."""
_FIXTURES = {"tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory"}
_MODULES = {"tempfile", "shutil", "shelve", "dbm"}
"""Modules that nobody imports for anything but files."""
_OF_OS = {
    *("chdir", "chmod", "link", "listdir", "makedirs", "mkdir", "open", "remove", "removedirs"),
    *("rename", "renames", "replace", "rmdir", "scandir", "stat", "symlink", "truncate", "unlink"),
    *("utime", "walk"),
}
_OF_OS_PATH = {"exists", "getmtime", "getsize", "isdir", "isfile", "islink", "lexists"}
_OF_PATHS = {
    *("exists", "glob", "is_dir", "is_file", "iterdir", "mkdir", "read_bytes", "read_text"),
    *("rename", "rglob", "rmdir", "symlink_to", "touch", "unlink", "write_bytes", "write_text"),
}
_OPENERS = {"open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open"}
_ARCHIVES = {"zipfile.ZipFile", "tarfile.open", "gzip.GzipFile"}
_FILES = {"logging.FileHandler", "FileHandler", "glob.glob", "glob.iglob"}
_READERS = {
    *("fromfile", "genfromtxt", "imread", "load_workbook", "loadtxt", "parse", "read_csv"),
    *("read_excel", "read_json", "read_parquet", "read_table", "savefig", "savetxt", "to_csv"),
    *("to_excel", "to_json", "to_parquet"),
}
"""Methods and functions of libraries that take the name of a file first."""
_FILE_NAME = re.compile(r"[\w./-]+\.\w{1,5}\Z")
_SPECIAL = ("/dev/", "/proc/")


@lru_cache(maxsize=4096)
def uses_files(code: str) -> bool:
    """Return whether test code visibly needs a folder. Code that is no Python needs none."""
    if not _HINTS.search(code):
        return False
    try:
        tree = syntax.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(_needs_folder(node, "pathlib" in code) for node in ast.walk(tree))


def _needs_folder(node: ast.AST, has_paths: bool) -> bool:
    match node:
        case ast.Import(names=names):
            return any(each.name.partition(".")[0] in _MODULES for each in names)
        case ast.ImportFrom(module=str(module), names=names):
            known = {"os": _OF_OS, "os.path": _OF_OS_PATH}.get(module, set())
            return module.partition(".")[0] in _MODULES or any(each.name in known for each in names)
        case ast.arg(arg=name):
            return name in _FIXTURES
        case ast.Call():
            return _call_needs_folder(node, has_paths)
    return False


def _call_needs_folder(call: ast.Call, has_paths: bool) -> bool:
    name = _dotted(call.func)
    module, _, member = name.rpartition(".")
    if name in _OPENERS:
        return not _is_special(call) and (_writes(call) or _is_named(call))
    if name in _ARCHIVES:
        return _writes(call) or _is_named(call)
    if name in ("sqlite3.connect", "connect") and call.args:
        return _text(call.args[0]) not in (":memory:", "")
    if name == "os.path.join":
        return _is_beside_test(call)
    if module in ("os", "os.path"):
        return member in (_OF_OS if module == "os" else _OF_OS_PATH)
    if name in _FILES:
        return True
    if isinstance(call.func, ast.Attribute) and call.func.attr in _READERS and call.args:
        return _FILE_NAME.match(_text(call.args[0]) or "") is not None
    return has_paths and isinstance(call.func, ast.Attribute) and call.func.attr in _OF_PATHS


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{_dotted(value)}.{attribute}"
    return ""


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _writes(call: ast.Call) -> bool:
    """Return whether a call that opens a file may write it; an unknown mode may."""
    modes = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    texts = map(_text, modes or call.args[1:2])
    return any(text is None or set(text) & set("wax+") for text in texts)


def _is_special(call: ast.Call) -> bool:
    path = _text(call.args[0]) if call.args else None
    return path is not None and path.startswith(_SPECIAL)


def _is_beside_test(join: ast.Call) -> bool:
    """Return whether a path is that of a named file in the folder of the test."""
    is_file = bool(join.args) and _FILE_NAME.match(_text(join.args[-1]) or "") is not None
    return is_file and any(
        isinstance(node, ast.Name) and node.id == "__file__" for node in ast.walk(join)
    )


def _is_named(call: ast.Call) -> bool:
    """Return whether a file is read that only the program, or a fixture, can have made."""
    return bool(call.args) and _text(call.args[0]) is not None
