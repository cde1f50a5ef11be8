"""What in the text of a test shows that it needs the program in its own process.

A judge has stand-ins for what the program defines. They call the program, but they have none of its
globals, code or modules. A test that uses or replaces those is recognised here. What a test hands
over, or asks of an object, shows only while it runs (``Session.unsplit``).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from rltf.sandbox.guest.shared import python_names
from rltf.sandbox.judging import out_of_reach
from rltf.sandbox.judging.static_names import (
    HERE,
    MOCKER,
    MONKEYPATCH,
    PROGRAM,
    StaticNames,
    is_of_program,
)

_INTERNAL_NAMES = """
    __globals__ __code__ __closure__ __subclasses__ __weakref__ __traceback__ __builtins__ __spec__
    __loader__ __file__ __reduce__ __reduce_ex__ __getstate__ __setstate__
"""
_READING_NAMES = """
    getsource getsourcelines getsourcefile getfile getcomments findsource getclosurevars
    getmembers getmembers_static getattr_static unwrap
"""
_OBJECT_FUNCTIONS = "sys.getrefcount sys.getsizeof"
_INTERNALS = frozenset(_INTERNAL_NAMES.split())
"""Attributes that stand-ins do not have."""
_READING = frozenset(f"inspect.{name}" for name in _READING_NAMES.split())
_OF_OBJECTS = frozenset(_OBJECT_FUNCTIONS.split())
"""Functions that look into an object of the program."""
_OF_MODULE = ("builtins.vars", "builtins.dir")
_OF_PROCESS = {
    "gc": "looks at objects that Python keeps",
    "weakref": "follows how long objects live",
    "tracemalloc": "traces memory",
    "dis": "looks at byte code",
    "sys._getframe": "looks at frames",
    "sys.setrecursionlimit": "sets the recursion limit",
    "decimal.getcontext": "sets the context of decimal",
    "decimal.setcontext": "sets the context of decimal",
    "decimal.localcontext": "sets the context of decimal",
    "locale.setlocale": "sets the locale",
    "numpy.seterr": "sets how numpy treats errors",
    "numpy.errstate": "sets how numpy treats errors",
    "numpy.set_printoptions": "sets how numpy prints",
    "numpy.printoptions": "sets how numpy prints",
    "signal": "handles signals",
    "freezegun": "replaces the clock",
    "traceback": "looks at a traceback",
}
"""Functions that set or show the state of a whole process, by dotted name or module."""
LIBRARIES = frozenset(
    [
        "PIL",
        "bs4",
        "click",
        "cv2",
        "geopandas",
        "lxml",
        "matplotlib",
        "pandas",
        "plotly",
        "polars",
        "pyarrow",
        "scipy",
        "seaborn",
        "shapely",
        "sklearn",
        "statsmodels",
        "sympy",
        "tensorflow",
        "torch",
        "xarray",
    ]
)
"""Packages whose objects do not cross: the program returns them, and the test knows them."""
_PATCHES = ("unittest.mock.patch", "mock.patch", f"{MOCKER}.patch")
_ITEMS = ".[]"
"""Ends the dotted name of a container whose items are patched."""
_OF_MODULE = ("builtins.vars", "builtins.dir")
_DESCRIPTORS = (
    *("builtins.property", "builtins.staticmethod", "builtins.classmethod"),
    *("unittest.mock.PropertyMock", "functools.cached_property"),
)
_REPLACEABLE = frozenset({"numpy", "pytest", "unittest", "rltf"})
"""Packages beside the standard library in which a judge can replace something for both sides."""
_MOCKS = tuple(
    f"{module}.{name}"
    for module in ("unittest.mock", "mock", MOCKER)
    for name in ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec")
)
_SPECS = ("spec", "spec_set")
_HERE = (HERE, "__main__")
_SOURCE = f"{PROGRAM}.py"
_ASKS_METACLASS = "the test asks for the metaclass of a class of the program"


def reason(names: StaticNames) -> str:
    """Return why a test needs the program in its own process; empty if its text does not show it."""
    return next(_reasons(names), "")


def rebound(names: StaticNames) -> tuple[str, ...]:
    """Return the globals that a test binds anew for the program too; ``*``: any of them.

    A test that imports the program has globals of its own.
    """
    if names.imports_program:
        return ()
    found = set(names.rebound)
    for node in names.nodes:
        match node:
            case ast.Call():
                target = _patched(node, names.dotted(node.func) or "", names) or ""
                top, _, rest = target.partition(".")
                if top in _HERE:
                    found.add(rest.partition(".")[0])
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
                if names.dotted(value) == "builtins.globals()":
                    found.add("*")
    return tuple(sorted(found))


def _reasons(names: StaticNames) -> Iterator[str]:
    if not names.imports_program:
        for name in sorted(names.rebound):
            yield f"the test rebinds the program's global `{name}`"
    for node in names.nodes:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Name():
                yield from _of_library(node, names)
            case ast.Call():
                yield from _of_call(node, names)
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                value = node.value if isinstance(node, ast.Assign) else None
                for target in targets:
                    yield from _of_target(target, names)
                    if isinstance(target, ast.Attribute) and _is_descriptor(value, names):
                        yield f"the test patches `{ast.unparse(target)}` with a descriptor"
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                yield from _of_target(target, names)
            case ast.Attribute(value=value, attr=attr) if attr in _INTERNALS:
                yield from _of_internal(value, attr, names)
            case ast.Attribute(value=value, attr="__class__") if _is_class(names.dotted(value)):
                yield _ASKS_METACLASS
            case ast.Attribute(attr="path") if names.dotted(
                node
            ) == "sys.path" and node not in _extended(names):
                yield "the test uses `sys.path`, which each process has for itself"
            case ast.Attribute(value=value, attr="__dict__") if names.dotted(value) == PROGRAM:
                yield "the test looks into the program's module (`__dict__`)"


def _extended(names: StaticNames) -> list[ast.expr]:
    """Return what the test only adds to, as the head of many test files does with ``sys.path``."""
    return [
        node.func.value
        for node in names.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("append", "extend", "insert")
    ]


def _of_library(node: ast.Import | ast.ImportFrom | ast.Name, names: StaticNames) -> Iterator[str]:
    """Yield why a test that uses a package with objects of its own needs the program beside it."""
    match node:
        case ast.Import(aliases):
            used = [each.name for each in aliases]
        case ast.ImportFrom(module=module):
            used = [module or ""]
        case _:
            used = [names.dotted(node) or ""]
    for name in used:
        if (top := name.partition(".")[0]) in LIBRARIES:
            yield f"the test uses {top}, whose objects cannot cross to another process"


def _of_call(call: ast.Call, names: StaticNames) -> Iterator[str]:
    function = names.dotted(call.func) or ""
    first = names.dotted(call.args[0]) if call.args else None
    of_program = first is not None and is_of_program(first)
    if patched := _patched(call, function, names):
        yield from _of_patch(patched, names)
        values = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
        is_made = any(keyword.arg == "new_callable" for keyword in call.keywords)
        if is_of_program(patched) and (is_made or any(_is_descriptor(v, names) for v in values)):
            yield f"the test patches the program's own `{_shown(patched)}` with a descriptor"
    elif function in _MOCKS and (spec := _spec(call, names)):
        yield f"the test makes a mock of the program's `{_shown(spec)}`"
    elif function in _READING and (of_program or first is None):
        yield f"the test looks into the program's code (`{function}`)"
    elif function == "builtins.issubclass" and of_program and "()" in (first or ""):
        yield "the test asks what a class that the program has made is derived from"
    elif function == "importlib.reload" and of_program:
        yield "the test loads the program again"
    elif function == "sys.modules.pop" and names.text(call.args[0]) == PROGRAM:
        yield "the test takes the program out of `sys.modules`"
    elif function in _OF_MODULE and first == PROGRAM:
        yield f"the test looks into the program's module (`{function.removeprefix('builtins.')}`)"
    elif function in _OF_OBJECTS and of_program:
        yield f"the test looks into the program's objects (`{function.removeprefix('builtins.')}`)"
    elif function in ("builtins.setattr", "builtins.delattr") and _is_static(first):
        yield from _of_patch(f"{first}.{names.text(call.args[1]) or '?'}", names)
    elif function == "builtins.getattr" and len(call.args) > 1:
        if (attr := names.text(call.args[1])) in _INTERNALS:
            yield from _of_internal(call.args[0], attr or "", names)
    elif function == "builtins.type" and len(call.args) == 1 and _is_class(first):
        yield _ASKS_METACLASS
    elif any(names.text(each) == _SOURCE for each in call.args):
        yield "the test reads the program's file"
    else:
        for name in (function, function.partition(".")[0]):
            if name in _OF_PROCESS:
                yield f"the test {_OF_PROCESS[name]} (`{function}`)"


def _patched(call: ast.Call, function: str, names: StaticNames) -> str | None:
    """Return the dotted name of what a call patches; ``""`` if it patches nothing."""
    if not call.args:
        target = next((each.value for each in call.keywords if each.arg == "target"), None)
    else:
        target = call.args[0]
    if target is None:
        return ""
    text, thing = names.text(target), names.dotted(target)
    attribute = names.text(call.args[1]) if len(call.args) > 1 else None
    if function in _PATCHES:
        return text or ""
    for patch in _PATCHES:
        if function == f"{patch}.object":
            return f"{thing}.{attribute or '?'}" if _is_static(thing) else ""
        if function == f"{patch}.multiple":
            names_patched = [each.arg for each in call.keywords if each.arg != "target"]
            owner = text or (thing if _is_static(thing) else "")
            return f"{owner}.{(names_patched or ['?'])[0]}" if owner else ""
        if function == f"{patch}.dict":
            owner = text or (thing if _is_static(thing) else "")
            return owner and owner + _ITEMS
    if function in (f"{MONKEYPATCH}.setattr", f"{MONKEYPATCH}.delattr"):
        return text or (f"{thing}.{attribute or '?'}" if _is_static(thing) else "")
    if function in (f"{MONKEYPATCH}.setitem", f"{MONKEYPATCH}.delitem"):
        return f"{thing}{_ITEMS}" if _is_static(thing) else ""
    if function in (f"{MOCKER}.spy", f"{MOCKER}.stub"):
        return f"{thing}.{attribute or '?'}" if _is_static(thing) else ""
    return ""


def _is_static(name: str | None) -> bool:
    """Return whether a dotted name is of something that exists before the test calls anything."""
    return name is not None and "()" not in name


def _of_patch(target: str, names: StaticNames) -> Iterator[str]:
    if is_of_program(target) and not _is_kept(target):
        yield f"the test patches the program's own `{_shown(target)}`"
    top, _, rest = target.partition(".")
    if top in _HERE and not names.imports_program:
        yield f"the test patches `{rest}` where the program may use it"
    elif rest and _is_package(top):
        yield f"the test patches `{_shown(target)}` of a package that is not Python's"


def _is_package(name: str) -> bool:
    """Return whether it is an installed package whose parts a judge cannot replace."""
    known = (PROGRAM, *_HERE, *_REPLACEABLE)
    is_python = name in sys.stdlib_module_names
    return not is_python and name not in known and out_of_reach.is_installed(name)


def _is_class(name: str | None) -> bool:
    """Return whether a dotted name looks like that of a class in the program's module."""
    top, _, rest = (name or "").partition(".")
    return top == PROGRAM and "." not in rest and rest.lstrip("_")[:1].isupper() and "(" not in rest


def _is_kept(target: str) -> bool:
    """Return whether it names a part of something that the program itself defines.

    A stand-in passes that on. It has no special methods to patch.
    """
    top, *rest = target.split(".")[1:]
    is_imported = top in python_names.MODULES or top in python_names.ALIASES
    is_special = any(name[:2] == "__" for name in rest)
    return bool(rest) and not (is_imported or is_special or python_names.home(top))


def _shown(target: str) -> str:
    return target.removeprefix(f"{PROGRAM}.").removesuffix(_ITEMS)


def _is_descriptor(value: ast.expr | None, names: StaticNames) -> bool:
    return isinstance(value, ast.Call) and names.dotted(value.func) in _DESCRIPTORS


def _spec(call: ast.Call, names: StaticNames) -> str:
    """Return what of the program a mock is made after; empty if it is nothing."""
    specs = call.args[:1] + [each.value for each in call.keywords if each.arg in _SPECS]
    dotted = (names.dotted(each) or "" for each in specs)
    return next((name for name in dotted if is_of_program(name) and "()" not in name), "")


def _of_target(target: ast.expr, names: StaticNames) -> Iterator[str]:
    """Yield why an assignment or a deletion needs the program in the same process."""
    match target:
        case ast.Tuple(elts) | ast.List(elts):
            for each in elts:
                yield from _of_target(each, names)
        case ast.Attribute(value=value, attr=attr):
            owner = names.dotted(value)
            if owner is not None and _is_static(owner) and is_of_program(owner):
                yield from _of_patch(f"{owner}.{attr}", names)
        case ast.Subscript(value=value, slice=index):
            owner = names.dotted(value)
            if owner == "sys.modules" and names.text(index) == PROGRAM:
                yield "the test replaces the program in `sys.modules`"
            elif owner == "builtins.globals()" and not names.imports_program:
                yield "the test rebinds the program's globals"


def _of_internal(owner: ast.expr, attr: str, names: StaticNames) -> Iterator[str]:
    name = names.dotted(owner)
    if name is not None and is_of_program(name):
        yield f"the test uses `{ast.unparse(owner)}.{attr}`, which only the program's process has"
