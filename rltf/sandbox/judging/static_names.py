"""What names and expressions in test code stand for, as far as its text shows.

Everything has a dotted name, as an import would spell it: ``unittest.mock.patch``, ``os.environ``,
``solution.helper`` for the program's own, ``solution.Stack()`` for what a call of the program
returned. Aliases are followed, wherever in the code they are bound.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping

from rltf.sandbox.guest.shared import python_names

PROGRAM = "solution"
HERE = "__test__"
"""The module of the test."""
MONKEYPATCH, MOCKER = "pytest.MonkeyPatch()", "pytest_mock.MockerFixture()"
_FIXTURES = {"monkeypatch": MONKEYPATCH, "mocker": MOCKER}
_BINDINGS = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem)
_ROUNDS = 3
"""How far a chain of aliases is followed."""
_IMPORTS = ("importlib.import_module", "builtins.__import__", "importlib.reload")


class StaticNames:
    """The dotted names of one test with its set-up code.

    Args:
        trees: The syntax trees of set-up code and test.
        program: The names that come from the program although nothing imports them.
        standard: What other names stand for that nothing binds.
    """

    def __init__(
        self,
        trees: Iterable[ast.AST],
        program: Iterable[str],
        standard: Mapping[str, python_names.Origin],
    ) -> None:
        trees = list(trees)
        self.nodes = [node for tree in trees for node in ast.walk(tree)]
        self.rebound = _rebound(trees)
        """Names that functions declare global and that nothing binds at the top level."""
        self._names: dict[str, str] = {
            name: f"{module}.{member}" if member else module
            for name, (module, member) in standard.items()
        }
        self._names |= {name: f"{PROGRAM}.{name}" for name in program}
        self.imports_program = False
        for node in self.nodes:
            self._read_import(node)
        bindings = [node for node in self.nodes if isinstance(node, _BINDINGS)]
        for _ in range(_ROUNDS):
            for node in bindings:
                self._read_binding(node)

    def _read_import(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names):
                for each in names:
                    top = each.name.partition(".")[0]
                    self._names[each.asname or top] = each.name if each.asname else top
                    self.imports_program |= top == PROGRAM
            case ast.ImportFrom(module=str(module), names=names, level=0):
                self.imports_program |= module == PROGRAM
                for each in names:
                    if each.name != "*":
                        self._names[each.asname or each.name] = f"{module}.{each.name}"
                    elif module in python_names.MODULES:
                        self._names |= {
                            name: f"{module}.{name}" for name in python_names.public(module)
                        }
            case ast.arg(str(name)) if name in _FIXTURES:
                self._names[name] = _FIXTURES[name]
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                self._names.setdefault(name, f"{HERE}.{name}")

    def _read_binding(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[target], value=value):
                self._bind(target, self.dotted(value))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._bind(target, self.dotted(value))
            case ast.NamedExpr(target=target, value=value):
                self._bind(target, self.dotted(value))
            case ast.withitem(context_expr=context, optional_vars=ast.expr() as target):
                name = self.dotted(context)
                if name is not None and name.endswith(".context()"):
                    name = name.removesuffix(".context()")
                self._bind(target, name)

    def _bind(self, target: ast.expr, name: str | None) -> None:
        key = _key(target)
        if key is not None and name is not None:
            known = self._names.get(key)
            if known is None or not is_of_program(known):
                self._names[key] = name

    def dotted(self, node: ast.expr | None) -> str | None:
        """Return what an expression stands for; ``None`` if the text does not show it."""
        match node:
            case ast.Name("__name__"):
                return None
            case ast.Name(name):
                return self._names.get(name) or self._builtin(name)
            case ast.Attribute(value=value, attr=attr):
                key = _key(node)
                if key is not None and key in self._names:
                    return self._names[key]
                owner = self.dotted(value)
                return None if owner is None else f"{owner}.{attr}"
            case ast.Call():
                return self._returned(node)
            case ast.Subscript(value=value, slice=index):
                if self.dotted(value) == "sys.modules":
                    return self.text(index)
        return None

    def _builtin(self, name: str) -> str | None:
        return f"builtins.{name}" if hasattr(builtins, name) else None

    def _returned(self, call: ast.Call) -> str | None:
        name = self.dotted(call.func)
        first = call.args[0] if call.args else None
        if name in _IMPORTS or name == "sys.modules.get":
            return self.text(first) or self.dotted(first)
        if name == "inspect.getmodule" and is_of_program(self.dotted(first) or ""):
            return PROGRAM
        if name == "builtins.super" or name is None:
            return None
        return f"{name}()"

    def text(self, node: ast.expr | None) -> str | None:
        """Return the text that an expression gives; ``None`` if it does not show."""
        match node:
            case ast.Constant(str(value)):
                return value
            case ast.Name("__name__"):
                return HERE
            case ast.Attribute(
                value=value, attr="__name__" | "__module__" | "__qualname__" as attr
            ):
                owner = self.dotted(value)
                if owner is None or not is_of_program(owner):
                    return None
                return PROGRAM if attr == "__module__" else owner.rpartition(".")[2]
            case ast.JoinedStr(values):
                parts = [
                    self.text(each.value if isinstance(each, ast.FormattedValue) else each)
                    for each in values
                ]
                return None if None in parts else "".join(map(str, parts))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first, second = self.text(left), self.text(right)
                return None if first is None or second is None else first + second
        return None


def _rebound(trees: Iterable[ast.AST]) -> frozenset[str]:
    declared: set[str] = set()
    bound: set[str] = set()
    for tree in trees:
        waiting = [tree]
        while waiting:
            node = waiting.pop()
            match node:
                case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                    bound.add(name)
                    for each in ast.walk(node):
                        if isinstance(each, ast.Global):
                            declared.update(each.names)
                case ast.Name(name, ast.Store()):
                    bound.add(name)
                case ast.alias(name, asname):
                    bound.add(asname or name.partition(".")[0])
                case _:
                    pass
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                waiting += ast.iter_child_nodes(node)
    return frozenset(declared - bound)


def _key(node: ast.expr) -> str | None:
    """Return under what an assigned name, or an attribute of ``self`` or ``cls``, is known."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(value=ast.Name("self" | "cls"), attr=attr):
            return f"self.{attr}"
    return None


def is_of_program(name: str) -> bool:
    """Return whether a dotted name is the program's module, or leads to something from it."""
    return name == PROGRAM or name.startswith(f"{PROGRAM}.")
