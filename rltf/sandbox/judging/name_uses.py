"""How test code uses names that it does not define. The code is read, never run."""

from __future__ import annotations

import ast
import inspect
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rltf.common import syntax

FILENAME = "<code of a problem>"
# warnings about the tests' code ("invalid escape sequence") do not concern our user
warnings.filterwarnings("ignore", module=re.escape(FILENAME))

_STAR = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+\*", re.MULTILINE)
_SOLUTION = re.compile(r"^\s*(?:from|import)\s+solution\b|([\"'])solution\1", re.MULTILINE)
REACHING = frozenset(
    {"eval", "exec", "compile", "globals", "locals", "vars", "getattr", "__import__"}
)
"""Builtins through which a test may use names that are not in its text."""
_NO_VALUES = {"self", "cls"}


@dataclass
class Use:
    """Everything that test code does with one name."""

    attributes: set[str] = field(default_factory=set)
    """Attributes of the object itself: ``name.attribute``."""
    of_results: set[str] = field(default_factory=set)
    """Attributes of what its calls return."""
    calls: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    """Number of positional arguments, and the keywords, of calls that spell them out."""
    is_called: bool = False
    is_value: bool = False
    """Whether it is used without being called or asked for an attribute."""
    is_indexed: bool = False
    is_operand: bool = False
    """Whether it is an operand of arithmetic, or compared with a literal."""
    around: set[str] = field(default_factory=set)
    """Names in the arguments of its calls."""
    asserted: list[frozenset[str]] = field(default_factory=list)
    """For each assertion that calls it, the names in that assertion."""
    is_verdict: bool = False
    """Whether its result is asserted directly: ``assert name(...)``, ``assert_name(...)``."""
    is_dropped: bool = False
    """Whether the result of a call is dropped."""
    is_context: bool = False
    """``with name(...):``."""

    @property
    def is_module_like(self) -> bool:
        """Whether it is only asked for attributes."""
        return bool(self.attributes) and not (self.is_called or self.is_value)

    def fits(self, thing: Any) -> bool:
        """Return whether ``thing`` can be used in this way."""
        if not all(hasattr(thing, name) for name in self.attributes):
            return False
        if self.is_called and not callable(thing):
            return False
        if self.is_indexed and not (
            hasattr(thing, "__getitem__") or hasattr(thing, "__class_getitem__")
        ):
            return False
        if self.is_operand and callable(thing):
            return False
        if isinstance(thing, type) and not all(hasattr(thing, name) for name in self.of_results):
            return False
        if self.is_dropped and isinstance(thing, type):
            return False
        try:
            signature = inspect.signature(thing)
        except (ValueError, TypeError):
            return True  # not every builtin says what it takes
        return all(_binds(signature, *call) for call in self.calls)


def _binds(signature: inspect.Signature, positional: int, keywords: Iterable[str]) -> bool:
    try:
        signature.bind(*[None] * positional, **dict.fromkeys(keywords))
    except TypeError:
        return False
    return True


def free_names(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return names that code looks up outside of itself, and names that it binds at its top level.

    A name that is bound somewhere on the way, as in ``try: import x``, counts as bound. Code that
    does not compile has none.
    """
    try:
        top = symtable.symtable(code, FILENAME, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(), frozenset()
    used: set[str] = set()
    bound: set[str] = set()
    for table in _tables(top):
        for symbol in table.get_symbols():
            is_bound = symbol.is_assigned() or symbol.is_imported()
            is_global = table is top or symbol.is_declared_global() or symbol.is_global()
            if is_global and (is_bound or (table is top and symbol.is_namespace())):
                bound.add(symbol.get_name())
            # the body of a class looks outside for what it has not bound yet
            if symbol.is_referenced() and (is_global or (is_bound and table.get_type() == "class")):
                used.add(symbol.get_name())
    return frozenset(used - bound), frozenset(bound)


def _tables(top: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    waiting = [top]
    while waiting:
        table = waiting.pop()
        yield table
        waiting += table.get_children()


def star_modules(code: str) -> list[str]:
    """Return the modules that code imports with ``*``."""
    return _STAR.findall(code)


def imports_program(code: str) -> bool:
    """Return whether code imports the program by the name of its module."""
    return _SOLUTION.search(code) is not None


class Uses:
    """How pieces of test code use names, all pieces together."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._by_name: dict[str, Use] = {}
        self._flows: list[tuple[set[str], set[str]]] = []
        self.from_program: set[str] = set()
        """Names that are imported from the program."""
        self._free: frozenset[str] = frozenset()
        for code in codes:
            try:
                tree = syntax.parse(code, FILENAME)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            self._free = free_names(code)[0]
            self._read_imports(tree)
            self._read(tree)

    def __getitem__(self, name: str) -> Use:
        return self._by_name.get(name) or Use()

    def _use(self, name: str) -> Use:
        if name not in self._free and name not in self.from_program:
            return Use()  # this piece of code defines it, which says nothing about the others
        return self._by_name.setdefault(name, Use())

    def _read_imports(self, tree: ast.AST) -> None:
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module="solution"):
                    self.from_program.update(each.asname or each.name for each in node.names)
                case ast.Import():
                    self.from_program.update(
                        each.asname or each.name for each in node.names if each.name == "solution"
                    )

    def _read(self, tree: ast.AST) -> None:
        elsewhere: set[int] = set()  # names that are called or asked for an attribute
        made: dict[str, set[str]] = {}
        asked: list[tuple[str, str]] = []
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(name) as called):
                    elsewhere.add(id(called))
                    self._called(name, node)
                case ast.Attribute(value=ast.Name(name) as of, attr=attribute):
                    elsewhere.add(id(of))
                    self._use(name).attributes.add(attribute)
                    asked.append((name, attribute))
                case ast.Attribute(value=ast.Call(func=ast.Name(name)), attr=attribute):
                    self._use(name).of_results.add(attribute)
                case ast.Name(name, ast.Load()) if id(node) not in elsewhere:
                    self._use(name).is_value = True
                case ast.Subscript(value=ast.Name(name)):
                    self._use(name).is_indexed = True
                case ast.Expr(ast.Call(func=ast.Name(name))):
                    self._use(name).is_dropped = True
                case ast.withitem(context_expr=ast.Call(func=ast.Name(name))):
                    self._use(name).is_context = True
                case ast.Compare() | ast.BinOp():
                    for name in _operands(node):
                        self._use(name).is_operand = True
            if is_assertion(node):
                self._asserted(node)
            self._flows += _flows(node)
            match node:
                case ast.Assign(targets=[ast.Name(target)], value=ast.Call(func=ast.Name(name))):
                    made.setdefault(target, set()).add(name)
        for variable, attribute in asked:
            for name in made.get(variable, ()):
                self._use(name).of_results.add(attribute)

    def _called(self, name: str, call: ast.Call) -> None:
        use = self._use(name)
        use.is_called = True
        use.around |= {each for part in (*call.args, *call.keywords) for each in names_in(part)}
        keywords = [keyword.arg for keyword in call.keywords]
        if None not in keywords and not any(isinstance(arg, ast.Starred) for arg in call.args):
            use.calls.append((len(call.args), frozenset(filter(None, keywords))))

    def _asserted(self, assertion: ast.AST) -> None:
        inside = frozenset(names_in(assertion) - _NO_VALUES)
        for node in ast.walk(assertion):
            match node:
                case ast.Call(func=ast.Name(name)):
                    self._use(name).asserted.append(inside)
        for name in _verdicts(assertion.test if isinstance(assertion, ast.Assert) else assertion):
            self._use(name).is_verdict = True

    def reached(self, names: Iterable[str]) -> set[str]:
        """Return these names and the variables that hold values made from them."""
        reached_names = set(names)
        before = -1
        while len(reached_names) > before:
            before = len(reached_names)
            for targets, sources in self._flows:
                if sources & reached_names:
                    reached_names |= targets
        return reached_names


def names_in(node: ast.AST) -> set[str]:
    """Return all names in a piece of code."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def is_assertion(node: ast.AST) -> bool:
    """Return whether it is an assert statement, or a call of a method or function that asserts."""
    match node:
        case ast.Assert():
            return True
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(name)):
            return name.startswith("assert")
    return False


def _operands(node: ast.Compare | ast.BinOp) -> Iterator[str]:
    match node:
        case ast.Compare(left=left, comparators=others):
            operands = [left, *others]
            if not any(map(_is_written_out, operands)):
                return
        case ast.BinOp(left=left, right=right, op=operator):
            operands = [] if isinstance(operator, ast.BitOr) else [left, right]  # int | str
    yield from (each.id for each in operands if isinstance(each, ast.Name))


def _is_written_out(node: ast.expr) -> bool:
    return isinstance(
        node, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.UnaryOp | ast.JoinedStr
    )


def _verdicts(condition: ast.AST) -> Iterator[str]:
    """The functions whose results decide a condition."""
    match condition:
        case ast.Call(func=ast.Name(name)):
            yield name
        case ast.UnaryOp(operand=operand):
            yield from _verdicts(operand)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _verdicts(value)
        case ast.Call(func=ast.Attribute(value=value)):
            yield from _verdicts(value)


def _flows(node: ast.AST) -> Iterator[tuple[set[str], set[str]]]:
    """Variables that a piece of code sets, and the names that they are made of."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield {name for target in targets for name in names_in(target)}, names_in(value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield names_in(target), names_in(value)
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield names_in(target), names_in(value)
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield names_in(target), names_in(value)
        case ast.comprehension(target=target, iter=value):
            yield names_in(target), names_in(value)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield names_in(target), names_in(value)
        case ast.ClassDef(name):
            yield {name}, names_in(node)
        case ast.FunctionDef(name, args) | ast.AsyncFunctionDef(name, args):
            yield {name}, names_in(node)
            yield {each.arg for each in ast.walk(args) if isinstance(each, ast.arg)}, {f"{name}()"}
        case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name)):
            yield {f"{name}()"}, {each for part in node.args for each in names_in(part)}
