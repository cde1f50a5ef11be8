"""A judge: test code in a process of its own. Where it names the program, it gets stubs.

The test code is trusted, and its faults are its own: what it raises before the program had a part in
it is reported as the test's fault, never as the program's.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
import types
from collections.abc import Callable
from typing import Any, cast

from . import channel, programs, stubs, values

FILENAME = "<test>"
# Kinds of report frames
JUDGED = b"J"  # (finding, description)
CALLED = b"C"  # the test has called the program: from here on its values have a part in things
_ALIASES = {"np": "numpy"}
_MODULES = sys.stdlib_module_names | {"numpy"}
_MISUSE = ("ReportError", "the program wrote on the judge's channel")

_NOTHING: tuple[Any, ...] = ("", "", None, None, None, None, "judge", "")  # as describe() has it

# Findings
PASSED = "passed"
WRONG = "wrong"  # an assert failed, or the program's values broke the test code
RAISED = "raised"  # the program raised
GONE = "gone"  # the program's process ended before the test did
TEST_FAULT = "test"  # the test itself is broken


def run(lib: Any, ffi: Any, job: Any) -> None:
    """Judges all tests that this child is given; never returns."""
    setup_code, entry_point = values.decode(bytes(ffi.buffer(job.program, job.program_length)))
    shared = bool(job.flags & 1)
    session = _Session()
    lib.rltf_release()
    while True:
        code = bytes(ffi.buffer(job.test, job.test_length)).decode("utf-8", "surrogatepass")
        finding, description = _judge(session, setup_code, code, entry_point)
        programs.report(JUDGED, values.encode((finding, description)))
        programs.flush()
        if not shared or not lib.rltf_next_test(0, job):
            programs.leave(0)


def _judge(
    session: _Session, setup_code: str, code: str, entry_point: str | None
) -> tuple[str, tuple[Any, ...]]:
    nothing = _NOTHING
    try:
        session.calls = 0
        session.open()
        namespace: dict[str, Any] = {"__name__": "__test__", "__builtins__": builtins}
        tree = ast.parse(setup_code + "\n" + code, FILENAME)
        root = None if entry_point is None else entry_point.split(".")[0].removesuffix("()")
        session.bind(namespace, _names(tree), root)
        exec(compile(setup_code, FILENAME, "exec", dont_inherit=True), namespace)
        if root is not None:
            session.bind(namespace, {root}, root)
        exec(compile(code, FILENAME, "exec", dont_inherit=True), namespace)
        return (GONE if session.gone else PASSED), nothing
    except channel.Gone:
        return GONE, nothing
    except channel.Misuse:
        return RAISED, (*_MISUSE, None, None, None, None, "test", "")
    except BaseException as error:
        raised = getattr(error, "_rltf_description", None)
        if session.gone:
            return GONE, nothing
        if raised is not None:
            return RAISED, raised
        description = programs.describe(error, "judge", [])
        return _whose_fault(error, session), description


def _whose_fault(error: BaseException, session: _Session) -> str:
    """A name that the test uses and does not define is one that it expects of the program."""
    if isinstance(error, NameError):
        return RAISED
    if isinstance(error, AssertionError) or session.calls:
        return WRONG
    return TEST_FAULT


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


class _Session:
    """The judge's end of the channel, and the objects on both sides that the other knows."""

    def __init__(self) -> None:
        self.calls = 0
        self.gone = False
        self._inventory: dict[str, tuple[str, str]] | None = None
        self._handles: dict[int, stubs.Handle] = {}
        self._stubs: dict[str, Any] = {}
        self._functions: list[Callable[..., Any]] = []

    def open(self) -> None:
        """Waits until the program is loaded, and learns what it defines."""
        if self._inventory is None:
            listed = self._receive()
            if type(listed) is not list:
                raise channel.Misuse
            self._inventory = {}
            for entry in listed:
                match entry:
                    case (str(name), str(kind), str(detail)):
                        self._inventory[name] = (kind, detail)
                    case _:
                        raise channel.Misuse

    def bind(self, namespace: dict[str, Any], names: set[str], entry_root: str | None) -> None:
        """Puts stubs for those of ``names`` that the program defines into ``namespace``.

        What Python itself defines stays Python's: a program that has a ``len`` of its own, or calls
        something ``math``, does not change what the test means by these.
        """
        assert self._inventory is not None
        for name in sorted(names & self._inventory.keys()):
            if name != entry_root and hasattr(builtins, name):
                continue
            module = _ALIASES.get(name, name)
            if name != entry_root and module in _MODULES:
                namespace[name] = importlib.import_module(module)
                continue
            kind, detail = self._inventory[name]
            if kind != "module":
                namespace[name] = self._stub(name, kind, detail)

    def _stub(self, name: str, kind: str, detail: str) -> Any:
        if name not in self._stubs:
            if kind == "exception":
                self._stubs[name] = type(name, (_exception_type(detail),), {})
            elif kind == "class":
                self._stubs[name] = stubs.class_stub(self, name)
            elif kind == "function":
                self._stubs[name] = stubs.FunctionStub(self, name)
            else:
                return self.request("get", None, name)
        return self._stubs[name]

    def request(self, *message: Any) -> Any:
        """Asks the candidate; returns its value, or raises what it raised."""
        if self.calls == 0:
            programs.report(CALLED, b"")
        self.calls += 1
        self._send(values.encode(message, self._extend))
        while True:
            match self._receive():
                case ("value", value, arguments):
                    if arguments is not None and message[0] == "call":
                        _update(message[2], arguments)
                    return value
                case ("raised", str(base), tuple(description)):
                    raise self._exception(base, description)
                case ("callback", int(number), tuple(args), dict(kwargs)):
                    self._answer_callback(number, args, kwargs)
                case _:
                    raise channel.Misuse

    def _send(self, message: bytes) -> None:
        try:
            channel.send(message)
        except channel.Gone:
            self.gone = True
            raise

    def _receive(self) -> Any:
        try:
            return values.decode(channel.receive(), self._resolve)
        except channel.Gone:
            self.gone = True
            raise
        except (values.BadValue, ValueError, TypeError, LookupError, ArithmeticError):
            raise channel.Misuse from None

    def _answer_callback(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            reply: tuple[Any, ...] = ("value", self._functions[number](*args, **kwargs))
        except Exception as error:
            reply = ("raised", type(error).__name__, (type(error).__name__, str(error)))
        self._send(values.encode(reply, self._extend))

    def _exception(self, base: str, description: tuple[Any, ...]) -> BaseException:
        match description:
            case (str(name), str(message), *_):
                pass
            case _:
                raise channel.Misuse
        kind = self._stubs.get(name)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            parent = _exception_type(base)
            kind = parent if parent.__name__ == name else type(name, (parent,), {})
        make: Any = kind
        error = make.__new__(make)
        error.args = (message,)
        if len(description) != len(_NOTHING):
            description = (name, message, *_NOTHING[2:6], "test", "")
        error._rltf_description = description
        return cast(BaseException, error)

    def _extend(self, thing: Any) -> bytes | None:
        if type(thing) is stubs.Handle:
            return values.encode(("handle", thing._rltf_number))
        if type(thing) in (stubs.FunctionStub, stubs.ClassStub):
            return values.encode(("name", thing._rltf_name))
        name = channel.builtin_name(thing)
        if name is not None:
            return values.encode(("builtin", name))
        if isinstance(thing, types.FunctionType | types.MethodType):
            self._functions.append(thing)
            return values.encode(("function", len(self._functions) - 1))
        return None

    def _resolve(self, data: bytes) -> Any:
        match values.decode(data):
            case ("handle", int(number), str(type_name)):
                if number not in self._handles:
                    self._handles[number] = stubs.Handle(self, number, type_name)
                return self._handles[number]
            case ("builtin", str(name)):
                return channel.builtin(name)
        raise values.BadValue("an unknown extension")


def _exception_type(name: str) -> type[BaseException]:
    """The builtin exception of that name; ``Exception`` where there is none."""
    found = getattr(builtins, name, None)
    if isinstance(found, type) and issubclass(found, BaseException):
        return found
    return Exception


def _update(args: tuple[Any, ...], changed: Any) -> None:
    """Makes the test's own arguments what the call has made of its copies."""
    if type(changed) is not tuple or len(changed) != len(args):
        return
    for old, new in zip(args, changed, strict=True):
        if type(old) is not type(new):
            continue
        if isinstance(old, list):
            old[:] = new
        elif isinstance(old, dict | set):
            old.clear()
            old.update(new)
        elif hasattr(old, "maxlen"):
            old.clear()
            old.extend(new)
