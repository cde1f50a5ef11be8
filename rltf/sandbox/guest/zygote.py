"""A zygote: warms an interpreter, shuts the jail, and serves forks for the rest of its life.

``rltf.sandbox.client.launch`` runs it as ``python -P -s -S -B -X utf8 zygote.py SETTINGS``, or from
its bytecode. SETTINGS is a JSON object:
    control     number of the control socket
    grants      number of the socket that brings grants of wall time
    role        "candidate" or "judge"
    guest       folder of this file
    native      path of the compiled fork server
    path        folders to import from, after the standard library
    trees       [path, kind] of each tree that a program may read (readable_paths.Kind)
    folder      [path, bytes, files] of the folder for files, or null (shared/folder.py)
    layers      [name, bit] of each layer of protection
    preload     modules to import before the first fork
    bytecode    whether to keep the bytecode of what is preloaded, for the zygotes to come
"""

from __future__ import annotations

import _sitebuiltins
import builtins
import gc
import importlib.util
import json
import os
import random
import sys
import traceback
from types import ModuleType

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

LOG_FDS = (20, 21, 22)
"""Descriptors for the zygote's own log: at least one of them is not among those it was given."""
PACKAGE = "_rltf_guest"
NATIVE = "rltf.sandbox._native"
ROLES = {"candidate": "candidate.program_runner", "judge": "judge.test_runner"}


def load(name: str, path: str, folder: str | None = None) -> ModuleType:
    """Load a module, or the package in ``folder``, from a file, under the given name."""
    search = [folder] if folder else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def preload(modules: list[str]) -> None:
    """Import the installed ones of the modules that programs usually import."""
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def forget() -> None:
    """Hide our modules from programs."""
    for name in list(sys.modules):
        if f"{name}.".startswith(f"{NATIVE}.") or name.partition(".")[0] == PACKAGE:
            del sys.modules[name]
    sys.modules["__main__"] = ModuleType("__main__")


def main() -> None:
    del os.environ["LD_BIND_NOW"]  # only we needed it
    settings = json.loads(sys.argv[1])
    sys.path.extend(settings["path"])
    native = load(NATIVE, settings["native"])
    guest = settings["guest"]
    load(PACKAGE, os.path.join(guest, "__init__.py"), guest)
    role = importlib.import_module(f"{PACKAGE}.{ROLES[settings['role']]}")
    warm_up = importlib.import_module(f"{PACKAGE}.warm_up").warm_up
    fill_heap = importlib.import_module(f"{PACKAGE}.shared.compact_heap").fill
    reopen = importlib.import_module(f"{PACKAGE}.shared.reopened_streams").install
    use_folder = None
    if settings["folder"]:
        use_folder = importlib.import_module(f"{PACKAGE}.shared.folder_sync").install
        if settings["role"] == "judge":
            importlib.import_module(f"{PACKAGE}.judge.untrusted_files").install(
                settings["folder"][0]
            )
    sys.meta_path.insert(0, importlib.import_module(f"{PACKAGE}.shared.imports").Hook)
    sys.dont_write_bytecode = not settings["bytecode"]
    preload(settings["preload"])
    sys.dont_write_bytecode = True
    importlib.import_module(f"{PACKAGE}.shared.threads").install()
    forget()
    sys.argv = ["solution.py"]
    for name in ("exit", "quit"):  # which -S leaves out
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D (i.e. EOF)"))
    random.seed(0)
    sys.set_int_max_str_digits(0)  # programs and tests may print integers of any length
    serve(native.lib, native.ffi, role, warm_up, fill_heap, reopen, use_folder, settings)


def serve(
    lib: Any,
    ffi: Any,
    role: Any,
    warm_up: Callable[[Any, Any, Any], None],
    fill_heap: Callable[[], None],
    reopen: Callable[[], None],
    use_folder: Callable[[str, str, int, int], None] | None,
    settings: dict[str, Any],
) -> NoReturn:
    """Shut the jail and serve; never return."""
    sockets = settings["control"], settings["grants"]
    free = next(fd for fd in LOG_FDS if fd not in sockets)
    log = os.dup2(2, free, inheritable=False)  # descriptors 0 to 5 are taken below

    def die(message: str) -> NoReturn:
        os.write(log, f"{message}: {ffi.string(lib.rltf_failure()).decode()}\n".encode())
        os._exit(1)

    os.chdir("/")
    if lib.rltf_prepare(*sockets) < 0:
        die("cannot prepare the zygote")
    lib.rltf_huge_text()
    try:
        warm_up(role, lib, ffi)
    except BaseException as error:
        os.write(log, f"the warm-up failed: {type(error).__name__}: {error}\n".encode())
        os._exit(1)
    paths = [(ffi.new("char[]", path.encode()), kind) for path, kind in settings["trees"]]
    trees = ffi.new("struct rltf_tree[]", [*paths, (ffi.NULL, 0)])
    place, size, count = settings["folder"] or ("", 0, 0)
    path = ffi.new("char[]", place.encode())
    folder = ffi.new("struct rltf_folder *", (path, size, count))
    layers = lib.rltf_jail(trees, folder)
    if layers < 0:
        die("cannot shut the jail")
    names = " ".join(name for name, bit in settings["layers"] if layers & bit)
    if "broker" not in names.split():
        reopen()
    if use_folder is not None and "files" in names.split():
        use_folder(settings["role"], *settings["folder"])
    job = ffi.new("struct rltf_job *")
    role.prepare(lib)
    gc.collect()
    fill_heap()
    gc.freeze()
    code = lib.EXIT_HARNESS_FAILED
    leave = os._exit  # taken before a program can replace it
    outcome = lib.rltf_serve(names.encode(), job)
    if outcome < 0:
        die("the zygote failed")
    if outcome == 0:
        leave(0)
    try:
        code = role.run(lib, ffi, job)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        leave(code)


main()
