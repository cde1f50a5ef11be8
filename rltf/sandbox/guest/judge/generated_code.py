"""Which text libraries run that is harmless: what they make themselves, of nothing but names."""

from __future__ import annotations

import ast
import re
import sysconfig

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

    from .test_constants import Constants

_PARSE = ast.parse.__code__
_STANDARD = sysconfig.get_path("stdlib") + "/"
_GENERATORS = frozenset(
    [
        ("collections/__init__.py", "namedtuple"),
        ("unittest/mock.py", "_set_signature"),
        ("scipy/stats/_distn_infrastructure.py", "_attach_argparser_methods"),
        ("networkx/utils/decorators.py", "compile"),
        ("hypothesis/internal/reflection.py", "source_exec_as_module"),
    ]
)
"""Functions that compile text of their own, in which only checked names vary."""
_FIELDS = frozenset([("dataclasses.py", "_create_fn"), ("attr/_make.py", "_compile_and_eval")])
"""Functions that compile text with the names of a class's fields."""
_NOT_ONLY_PARSING = re.compile(r"/(?:sympy|numexpr|pandas/core/computation)/")
"""What runs the syntax trees of texts that it was given."""
_TYPES = frozenset(
    [
        "bool",
        "bytes",
        "complex",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "object",
        "set",
        "str",
        "tuple",
        "None",
    ]
)
_TYPE = re.compile(r"[\w\[\], |]+")


def is_harmless(asker: Any, text: Any, constants: Constants) -> bool:
    """Return whether what is compiled is known.

    Args:
        asker: The frame that asks for it.
        text: Text, or a syntax tree.
        constants: The constants of the test.
    """
    if asker.f_code is _PARSE:
        caller = asker.f_back.f_code.co_filename
        return not _NOT_ONLY_PARSING.search(caller) or _is_asked(asker, text, constants)
    return text in constants or _is_asked(asker, text, constants)


def _is_asked(asker: Any, text: Any, constants: Constants) -> bool:
    """Return whether a library has made the text of parts that are harmless."""
    place = _place(asker)
    if place in _GENERATORS:
        return True
    if place in _FIELDS:
        return _has_named_fields(asker)
    match place:
        case ("timeit.py", "__init__"):
            parts = [asker.f_locals.get(name) for name in ("stmt", "setup")]
            return all(callable(part) or part == "pass" or part in constants for part in parts)
        case ("typing.py", _):
            return _is_type(text)
        case ("inspect.py", "wrap_value"):
            return isinstance(text, bytes) and text.decode().replace(".", "").isidentifier()
    frame = asker
    while frame is not None and not frame.f_code.co_filename.startswith("<"):
        if frame.f_code.co_name == "parse_expr" and "/sympy/" in frame.f_code.co_filename:
            return frame.f_locals.get("s") in constants
        frame = frame.f_back
    return False


def _is_type(text: Any) -> bool:
    """Return whether a text names builtin types: an annotation of a function of the program."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return (
        isinstance(shown, str)
        and _TYPE.fullmatch(shown) is not None
        and _TYPES.issuperset(re.findall(r"\w+", shown))
    )


def _has_named_fields(asker: Any) -> bool:
    """Return whether a class that is being made has names as its fields, and nothing else."""
    frame = asker
    while frame is not None and not frame.f_code.co_filename.startswith("<"):
        fields = frame.f_locals.get("fields")
        if fields is None:
            owner = frame.f_locals.get("self")
            fields = getattr(owner, "_attr_names", None)
        if fields is not None:
            names = [getattr(field, "name", field) for field in fields]
            return all(type(name) is str and name.isidentifier() for name in names)
        frame = frame.f_back
    return False


def _place(frame: Any) -> tuple[str, str]:
    """Return where a function of a library is: its file in the library, and its name."""
    code = frame.f_code
    name: str = code.co_filename
    _, installed, inner = name.rpartition("/site-packages/")
    if not installed:
        inner = name.removeprefix(_STANDARD)
    return inner, code.co_name
