"""The origin of names that test code uses without defining them: the program, or Python?

A test such as ``assert isclose(f(3), 9)`` expects ``f`` of the program and means Python's own
``isclose``. A program that defines an ``isclose`` must not change that. But a problem that asks for
a function ``isclose`` must get the program's. So the problem decides, once for all programs:

    asked for         the entry point, and what starter code or prompt ask for: the program's
    not Python's      neither a builtin nor in the standard library: the program's
    imported          what the reference programs or the starter code import under that name
    defined           by reference programs: the program's, unless it only helps an entry point
    the only one      if nothing else in the tests could be the program's, it is what they test
    anything else     Python's

A standard name that is asserted by itself, while none of the above applies, stays undecided. A test
that uses it cannot be scored.
"""

from __future__ import annotations

import builtins
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

from rltf.problem import Problem
from rltf.sandbox.guest.shared import python_names
from rltf.sandbox.judging import name_evidence, name_uses
from rltf.sandbox.judging.literal_asserts import literal_assert

if TYPE_CHECKING:
    from rltf.sandbox.guest.shared.python_names import Order, Origin

_MOST_PROGRAMS = 16
"""Reference programs that are read, at most."""


@dataclass(frozen=True)
class Names:
    """The origins of the names in all tests of one problem."""

    program: frozenset[str] = frozenset()
    """Names that come from the program."""
    classes: frozenset[str] = frozenset()
    """Those of ``program`` that the tests use as classes, except for the entry point's."""
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names that are used as modules, and the attributes that the tests use."""
    standard: Mapping[str, Origin] = field(default_factory=dict)
    """Names that come from Python, except for builtins, and what they stand for."""
    undecided: Mapping[str, str] = field(default_factory=dict)
    """Undecided names, and why a test that uses one is not scored."""
    used: Sequence[frozenset[str]] = ()
    """For each test, the names among these that it and its set-up code use. Not in ``order``."""

    @cached_property
    def order(self) -> Order:
        """What a judge gets: all of the above, always in the same order."""
        return (
            tuple(sorted(self.program)),
            tuple(sorted(self.classes)),
            dict(sorted(self.modules.items())),
            dict(sorted(self.standard.items())),
        )

    @cached_property
    def origins(self) -> frozenset[str]:
        """The modules that ``standard`` names come from."""
        return frozenset(module for module, _ in self.standard.values())

    def reason(self, index: int) -> str:
        """Return why a test cannot be scored; empty if it can."""
        if not self.undecided:
            return ""
        return "; ".join(why for name, why in self.undecided.items() if name in self.used[index])


_known: dict[int, tuple[weakref.ref[Problem], Names]] = {}


def names_of(problem: Problem) -> Names:
    """Return the origins of a problem's names. They are decided once and live as long as it."""
    number = id(problem)
    known = _known.get(number)
    if known is None or known[0]() is not problem:
        reference = weakref.ref(problem, lambda _: _known.pop(number, None))
        known = _known[number] = reference, _Decision(problem).names()
    return known[1]


def root(entry_point: str | None) -> str | None:
    """Return the name of the program's module that an entry point begins with."""
    return None if entry_point is None else entry_point.split(".")[0].removesuffix("()")


class _Decision:
    """The decision about the names of one problem."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._root = root(problem.entry_point)
        self._codes = [test.code if test.kind == "assert" else "" for test in problem.tests]
        of_setup_free, of_setup = _free_names(problem.setup_code)
        self._used: list[frozenset[str]] = []
        for code in self._codes:
            free, bound = _free_names(code)
            self._used.append((free - of_setup) | (of_setup_free - bound))
        self._is_imported = any(map(name_uses.imports_program, self._all_codes()))
        self._is_starred = any("solution" in name_uses.star_modules(c) for c in self._all_codes())

    def _all_codes(self) -> list[str]:
        return [code for code in (self._problem.setup_code, *self._codes) if code]

    @cached_property
    def _uses(self) -> name_uses.Uses:
        return name_uses.Uses(self._all_codes())

    @cached_property
    def _solutions(self) -> tuple[str, ...]:
        return tuple(self._problem.solutions[:_MOST_PROGRAMS])

    @cached_property
    def _starter(self) -> tuple[str, ...]:
        """The starter code, and a prompt that is code."""
        return self._problem.starter_code, self._problem.prompt

    # ------------------------------------------------------------------------------ what it says

    def names(self) -> Names:
        free = {name for used in self._used for name in used if not _is_private(name)}
        asked = {name for name in free if self._is_asked_for(name)}
        builtin = {name for name in free - asked if hasattr(builtins, name)}
        standard: dict[str, Origin] = {}
        for name in sorted(free - asked - builtin):
            if (origin := self._origin(name, has_others=len(free - builtin) > 1)) is not None:
                standard[name] = origin
        program = free - builtin - standard.keys()
        standard |= self._elsewhere(program - asked, program)
        program -= standard.keys()
        undecided: dict[str, str] = {}
        if not (program or self._is_imported or builtin & name_uses.REACHING):
            chosen, unclear = self._only(standard.keys() or builtin)
            program |= chosen
            undecided |= {name: _unclear(name, standard.get(name)) for name in unclear}
        else:
            self._sort_out(standard, builtin, program, undecided)
        for name in program | undecided.keys():
            standard.pop(name, None)
        undecided |= {
            name: f"the test uses {name} ({module}.{member}), and {module} is not installed"
            for name, (module, member) in standard.items()
            if not _is_installed(module)
        }
        return Names(
            program=frozenset(program),
            classes=frozenset(self._classes(program)),
            modules=dict(self._modules(program)),
            standard=standard,
            undecided=undecided,
            used=[used & free for used in self._used],
        )

    def _is_asked_for(self, name: str) -> bool:
        if name == self._root:
            return True
        if any(name in name_evidence.top_level_names(code).defined for code in self._starter):
            return True
        return name_evidence.asks_for(name, self._problem.prompt)

    def _origin(self, name: str, has_others: bool) -> Origin | None:
        """Return what a name means in Python; ``None``: nothing, so that it is the program's."""
        is_standard = name in python_names.MODULES or python_names.home(name) is not None
        if not (has_others or is_standard or name in python_names.ALIASES):
            return None  # the usual case: it is what the tests are about
        for programs in (self._starter, self._solutions):
            origin = name_evidence.common_import(name, programs)
            if origin is not None and origin[0] != "solution":
                return origin
        if self._is_starred and name_evidence.comes_by_star(name, self._uses[name]):
            return None
        if not (is_standard or name in python_names.ALIASES):
            return None
        use = self._uses[name]
        return next((origin for origin in _meanings(name, use) if _fits(origin, use)), None)

    def _elsewhere(self, names: set[str], program: set[str]) -> dict[str, Origin]:
        """Return the names that mean functions of pytest or numpy, used to test the program."""
        if len(program) < 2:
            return {}
        elsewhere = {
            name: origin
            for name in sorted(names)
            if not name_evidence.common_definition(name, self._solutions)
            and not name_evidence.mentions(name, self._problem.prompt)
            and (origin := python_names.home_elsewhere(name)) is not None
            and _fits(origin, self._uses[name])
            and self._tells(name, origin)
        }
        others = frozenset(program - elsewhere.keys())
        return {
            name: origin
            for name, origin in elsewhere.items()
            if others and not self._is_tested(name, others)
        }

    def _tells(self, name: str, origin: Origin) -> bool:
        """Return whether the test relies on the result of this function of pytest or numpy."""
        use = self._uses[name]
        if origin[0] != "pytest":
            return use.is_verdict
        return bool(use.asserted) or use.is_context or (use.is_called and self._root is not None)

    def _only(self, names: Iterable[str]) -> tuple[set[str], set[str]]:
        """Return the names that the tests are about, and those that they may be about.

        For tests in which every name may be Python's.
        """
        names = set(names)
        defined = {name for name in names if name_evidence.common_definition(name, self._solutions)}
        names = {name for name in names if name in defined or not self._is_type(name)}
        tools = {name for name in names if self._uses[name].around & (names - {name})}
        rest = (names - tools) or names
        called = {name for name in rest if self._uses[name].is_called}
        rest = called or {name for name in rest if not self._uses[name].is_module_like}
        defined &= rest
        mentioned = {name for name in rest if name_evidence.mentions(name, self._problem.prompt)}
        chosen = defined or (rest if len(rest) == 1 else mentioned)
        return chosen, {
            name
            for name in rest - chosen
            if not (defined or hasattr(builtins, name)) and self._is_tested(name, frozenset(chosen))
        }

    def _is_type(self, name: str) -> bool:
        return isinstance(getattr(builtins, name, None), type)

    def _sort_out(
        self,
        standard: Mapping[str, Origin],
        builtin: set[str],
        program: set[str],
        undecided: dict[str, str],
    ) -> None:
        """Add names that are tested beside names of the program to ``program`` or ``undecided``."""
        sure = frozenset(program)
        for name in sorted(builtin):
            if name_evidence.common_definition(name, self._solutions) and self._is_tested(
                name, sure
            ):
                program.add(name)
        for name in sorted(standard):
            defined = name_evidence.common_definition(name, self._solutions)
            mentioned = name_evidence.mentions(name, self._problem.prompt)
            if (defined and self._root is None) or (
                (defined or mentioned) and self._is_tested(name, sure)
            ):
                program.add(name)
            elif not (self._root or self._solutions) and self._is_tested(name, sure):
                undecided[name] = _unclear(name, standard[name])

    def _is_tested(self, name: str, program: frozenset[str]) -> bool:
        """Return whether an assertion tests this name and nothing else of the program."""
        uses = self._uses
        reached = uses.reached(program | uses.from_program | name_uses.REACHING)
        return any(not inside & reached for inside in uses[name].asserted)

    def _classes(self, program: set[str]) -> Iterable[str]:
        """Yield the names of the program that the tests use as classes.

        A program may define a class under any name, also where the tests expect a function. So a
        name counts only if it begins with a capital letter, the tests call it or read an attribute
        of it, and no reference program defines it as a function.
        """
        names = program | (self._uses.from_program if self._is_imported else set())
        written = {name for name in names if name.lstrip("_")[:1].isupper()}
        for name in written - {self._root} - vars(builtins).keys():
            use = self._uses[name]
            is_used = use.is_called or use.attributes
            if is_used and not name_evidence.is_function(name, self._solutions):
                yield name

    def _modules(self, program: set[str]) -> Iterable[tuple[str, tuple[str, ...]]]:
        for name in program - {self._root}:
            if any(f"{name}." in code for code in self._all_codes()):
                use = self._uses[name]
                if use.is_module_like:
                    yield name, tuple(sorted(use.attributes))


def _free_names(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return names that code uses and does not define, and those that it does define."""
    if (literal := literal_assert(code)) is not None:
        return frozenset((literal.function,)), frozenset()
    free, bound = name_uses.free_names(code)
    by_star = frozenset(
        name
        for module in name_uses.star_modules(code)
        if module in python_names.MODULES
        for name in python_names.public(module)
    )
    return free - by_star, bound | by_star


def _is_private(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _meanings(name: str, use: name_uses.Use) -> Iterable[Origin]:
    """Yield what a name may mean in Python, the likeliest first."""
    if name in python_names.MODULES and use.is_module_like:
        yield name, ""
    if (member := python_names.home(name)) is not None:
        yield member
    if name in python_names.ALIASES and use.is_module_like:
        yield python_names.ALIASES[name], ""
    if name == "dt":
        yield "datetime", "datetime"


def _fits(origin: Origin, use: name_uses.Use) -> bool:
    if origin[0] not in python_names.MODULES and not origin[1]:
        return True  # a large package, which only its judge imports
    try:
        return use.fits(python_names.load(origin))
    except KeyError:
        return False


def _is_installed(module: str) -> bool:
    top = module.partition(".")[0]
    try:
        return top in python_names.MODULES or find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def _unclear(name: str, origin: Origin | None) -> str:
    module, member = origin or ("builtins", name)
    return (
        f"the test uses {name}, which may be the program's or {module}.{member}: name it as the "
        f"entry point, or import it in the test (from solution import {name}, "
        f"from {module} import {member})"
    )
