"""Old module paths keep working."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings

import pytest

from rltf.common import moved_modules


@pytest.mark.parametrize("old", sorted(moved_modules.MODULES))
def test_an_old_path_gives_the_new_modules_names(old: str) -> None:
    sys.modules.pop(f"rltf.{old}", None)
    with pytest.warns(DeprecationWarning, match=f"rltf.{old} has moved to rltf."):
        module = importlib.import_module(f"rltf.{old}")
    new = importlib.import_module(f"rltf.{moved_modules.MODULES[old]}")
    for name in vars(new):
        if not name.startswith("_"):
            assert getattr(module, name) is getattr(new, name)


@pytest.mark.parametrize(("old", "name"), sorted(moved_modules.NAMES.items()))
def test_an_old_name_gives_what_has_the_new_name(old: str, name: str) -> None:
    module, _, attribute = old.rpartition(".")
    with warnings.catch_warnings(action="ignore"):
        old_module = importlib.import_module(f"rltf.{module}")
    new_module = importlib.import_module(f"rltf.{moved_modules.MODULES[module]}")
    assert getattr(old_module, attribute) is getattr(new_module, name)


def test_the_warning_names_the_importing_file_and_a_wrong_name_is_an_import_error() -> None:
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "try: from rltf.verdictline import verdict_line\n"
        "except DeprecationWarning as warning: print(warning)\n"
        "warnings.simplefilter('ignore')\n"
        "try: from rltf.verdictline import nothing\n"
        "except ImportError as error: print(error)\n"
        "import rltf\n"
        "try: import rltf.nothing\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second, third = ran.stdout.splitlines()
    assert first == (
        "rltf.verdictline has moved to rltf.samples.verdict_line; import it from there"
    )
    assert second.startswith("cannot import name 'nothing' from 'rltf.verdictline'")
    assert third == "No module named 'rltf.nothing'"
