"""The candidate's end of the channel: it does what the judge asks of the program.

It reads data and sends data. Objects that are not data stay here; the judge gets a number for them.
"""

from __future__ import annotations

import builtins
import collections
import operator
import types
from collections.abc import Callable
from typing import Any

from . import channel, programs, values

_MUTABLE = frozenset(
    {list, dict, set, collections.deque, collections.OrderedDict, collections.defaultdict}
)
_OPERATORS = """
    eq ne lt le gt ge add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift
    neg pos abs invert contains getitem setitem delitem
"""
_OPERATIONS: dict[str, Callable[..., Any]] = {
    "len": len,
    "iter": iter,
    "next": next,
    "str": str,
    "repr": repr,
    "bool": bool,
    "enter": lambda thing: thing.__enter__(),
    "exit": lambda thing: thing.__exit__(None, None, None),
}
_OPERATIONS.update({name: getattr(operator, name) for name in _OPERATORS.split()})


def serve(program: programs.Program) -> int:
    """Loads the program and answers until the judge is done. The exit code of the child."""
    try:
        module = program.run()
    except BaseException as error:
        program.report_exception(error)
        return 1
    server = _Server(program, module)
    try:
        channel.send(server.encode(_inventory(module)))
        while True:
            channel.send(server.answer(channel.receive()))
    except channel.Gone:
        return 0


def _inventory(module: types.ModuleType) -> list[tuple[str, str, str]]:
    """Name, kind and detail of what the program's module holds."""
    found = []
    for name, thing in list(vars(module).items()):
        if type(name) is not str or (name.startswith("__") and name.endswith("__")):
            continue
        if isinstance(thing, type) and issubclass(thing, BaseException):
            found.append((name, "exception", _builtin_base(thing)))
        elif isinstance(thing, type):
            found.append((name, "class", thing.__module__))
        elif isinstance(thing, types.ModuleType):
            found.append((name, "module", str(thing.__name__)))
        elif callable(thing):
            found.append((name, "function", ""))
        else:
            found.append((name, "value", ""))
    return found


def _builtin_base(kind: type) -> str:
    for base in kind.__mro__:
        if base.__module__ == "builtins":
            return base.__name__
    return "Exception"


class _Server:
    """Objects of the program that the judge knows by number, and what it may ask of them."""

    def __init__(self, program: programs.Program, module: types.ModuleType) -> None:
        self._program = program
        self._module = module
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}

    def encode(self, value: Any) -> bytes:
        return values.encode(value, self._extend)

    def _extend(self, thing: Any) -> bytes:
        name = channel.builtin_name(thing)
        if name is not None:
            return values.encode(("builtin", name))
        number = self._numbers.get(id(thing))
        if number is None:
            number = self._numbers[id(thing)] = len(self._objects)
            self._objects.append(thing)
        return values.encode(("handle", number, str(type(thing).__name__)[:200]))

    def _decode(self, data: bytes) -> Any:
        return values.decode(data, self._resolve)

    def _resolve(self, data: bytes) -> Any:
        form = values.decode(data)
        match form:
            case ("handle", int(number), *_):
                return self._objects[number]
            case ("name", str(name)):
                if name not in vars(self._module):
                    raise NameError(f"name {name!r} is not defined")
                return vars(self._module)[name]
            case ("builtin", str(name)):
                return channel.builtin(name)
            case ("function", int(number)):
                return lambda *args, **kwargs: self._call_back(number, args, kwargs)
        raise values.BadValue("an unknown extension")

    def _call_back(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        channel.send(self.encode(("callback", number, args, kwargs)))
        match self._decode(channel.receive()):
            case ("value", value):
                return value
            case ("raised", base, description):
                kind = getattr(builtins, base, None)
                if not (isinstance(kind, type) and issubclass(kind, Exception)):
                    kind = Exception
                raise kind(description[1])
        raise channel.Gone

    def answer(self, message: bytes) -> bytes:
        """The reply to one request."""
        try:
            value, arguments = self._perform(self._decode(message))
            return self.encode(("value", value, arguments))
        except values.UnsupportedValue as error:
            return values.encode(("raised", "TypeError", ("TypeError", f"{error} does not cross")))
        except channel.Gone:
            raise
        except BaseException as error:
            description = programs.describe(error, "test", self._program.lines)
            return values.encode(("raised", _builtin_base(type(error)), description))

    def _perform(self, request: Any) -> tuple[Any, Any]:
        """The value, and the arguments as the call left them."""
        match request:
            case ("call", target, args, kwargs):
                value = target(*args, **kwargs)
                return value, args if any(type(arg) in _MUTABLE for arg in args) else None
            case ("get", None, name):
                return vars(self._module)[name], None
            case ("get", target, name):
                return getattr(target, name), None
            case ("set", target, name, value):
                setattr(target, name, value)
                return None, None
            case ("operate", name, operands):
                return _OPERATIONS[name](*operands), None
            case ("instance", target, kind):
                return isinstance(target, kind), None
        raise values.BadValue("an unknown request")
