"""What in the text of a test shows that it runs what the program gave it: pickles, text, modules.

In a judge that would be code of the program, beside the expected values. Such a test is judged in
the program's process. What the text does not show, a judge refuses where it has a folder for files
(guest/judge/untrusted_files.py).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from rltf.sandbox.judging.static_names import StaticNames, is_of_program

_LOADER_NAMES = """
    cloudpickle.load cloudpickle.loads dill.load dill.loads importlib.util.spec_from_file_location
    joblib.load marshal.load marshal.loads pandas.read_pickle pickle.Unpickler pickle.load
    pickle.loads runpy.run_module runpy.run_path shelve.open torch.load yaml.unsafe_load
"""
_LOADERS = frozenset(_LOADER_NAMES.split())
_UNSAFE = frozenset({"UnsafeLoader", "unsafe_load", "unsafe_load_all"})
"""What of yaml calls what its text names, without making code."""
_OWN = ("pickle.dumps()", "marshal.dumps()")
"""What the test has written itself."""
_EVALUATORS = ("builtins.eval", "builtins.exec", "builtins.compile")
_IMPORT_PATHS = ("sys.path.append", "sys.path.extend", "sys.path.insert")


def reason(names: StaticNames, *, has_files: bool) -> str:
    """Return why a test must not run in a judge; empty if its text does not show it.

    Args:
        names: The names of the test.
        has_files: Whether it has a folder for files, from which it could import.
    """
    return next(_reasons(names, has_files), "")


def _reasons(names: StaticNames, has_files: bool) -> Iterator[str]:
    for node in names.nodes:
        match node:
            case ast.Attribute(attr=word) | ast.Name(id=word) | ast.Constant(str(word)):
                if word in _UNSAFE:
                    yield f"the test loads what the program may have written (`{word}`)"
        if not isinstance(node, ast.Call):
            continue
        function = names.dotted(node.func) or ""
        first = names.dotted(node.args[0]) if node.args else None
        if function in _LOADERS and first not in _OWN:
            yield f"the test loads what the program may have written (`{function}`)"
        elif any(keyword.arg == "allow_pickle" for keyword in node.keywords):
            yield "the test loads what the program may have written (`allow_pickle`)"
        elif function in _EVALUATORS and first is not None and is_of_program(first):
            yield f"the test runs what the program returned (`{function.removeprefix('builtins.')}`)"
        elif has_files and function in _IMPORT_PATHS:
            yield "the test may import what the program has written (`sys.path`)"
