"""Runs references and all of their mutants in one process: a filter before they are judged.

The sandbox runs this file as a program, with ``screen_steps.py`` and ``edits.py``: they import
nothing else of rltf. Its input is a list of jobs in JSON, one for each problem; its output a line
of JSON for each program. Nobody relies on the lines: whatever they
suggest is judged afterwards.

Programs are bounded by steps, not by time, so that the same job always gives the same lines.
"""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import json
import random
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rltf.audit.screen_steps import SEEN, TICK, TICKS, Steps, counted, probed
from rltf.augment.edits import edits, without_docstrings

_LEAST_STEPS = 2000
_GROWTH = 5
"""How many times the steps of the reference a mutant may take, beyond the least. On a new input, the
reference may take as many times those of its longest test."""
_MOST_STEPS = 300_000
"""Steps of the reference in a test."""
_STEPS_WITH_COVERAGE = 200_000
_STEPS_IN_ALL = 400_000
"""Steps of all mutants together, of which the last ones may get no turn; and of the reference for all
inputs."""
_LONGEST = 1500
"""Characters of a value that a test is made of."""
_RECURSION_LIMIT = 1000


class Raised:
    """The exception that ended a program or a test."""

    def __init__(self, error: BaseException) -> None:
        self.name = type(error).__name__


class Screen:
    """The tests and inputs of one problem, in the form of :meth:`rltf.audit.screen.job`."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self._function: str = job["function"]
        self._tests = [self._test(test, job["setup"]) for test in job["tests"]]
        self._inputs = [self._answer_to(text) for text in job["inputs"]]
        self._steps = Steps()
        self._budgets: list[int | None] = []
        """Steps that a mutant may take to load, for each test, and for each input; ``None``: it need
        not run, because the reference has no answer."""
        self._test_steps = 0
        """Steps that the reference takes for its tests."""
        self._values: list[Any] = []
        """What the reference gave for each input."""

    def reference(self, source: str) -> dict[str, Any]:
        """Does the reference pass its tests here, and what does it give for each input?"""
        spent: list[int] = []
        first = 1 + len(self._tests)

        def budgets() -> Iterator[int]:
            yield from itertools.repeat(_MOST_STEPS, first)
            most = _LEAST_STEPS + _GROWTH * max(spent)
            while True:
                yield min(most, max(0, _STEPS_IN_ALL - sum(spent[first:])))

        outcomes = []
        for outcome in self._outcomes(_code(counted(ast.parse(source))), budgets()):
            outcomes.append(outcome)
            spent.append(self._steps.taken)
            if len(outcomes) <= first and outcome is not None:
                return {"passes": False}
        self._budgets = [
            None if isinstance(outcome, Raised) else _LEAST_STEPS + _GROWTH * steps
            for steps, outcome in zip(spent, outcomes, strict=True)
        ]
        self._test_steps = sum(spent[:first])
        self._values = outcomes[first:]
        self._steps = Steps()  # of the mutants
        return {"passes": True, "values": list(map(_text, self._values))}

    @property
    def is_spent(self) -> bool:
        """Whether all mutants together have taken their steps."""
        return self._steps.in_all > _STEPS_IN_ALL

    def mutant(self, code: types.CodeType | None) -> dict[str, Any]:
        """Does a mutant pass the tests, and on which inputs does it differ from the reference?"""
        outcomes = self._outcomes(code, self._budgets)
        for _ in range(1 + len(self._tests)):
            if next(outcomes, None) is not None:
                return {"passes": False, "differs": []}
        pairs = enumerate(zip(outcomes, self._values, strict=False))
        differs = [place for place, pair in pairs if not _are_same(*pair)]
        return {"passes": True, "differs": differs}

    def coverage(self, source: str) -> dict[str, Any]:
        """Which statements and branches of a program do the tests run?

        Empty for a program that runs so long that the answer would take seconds.
        """
        if self._test_steps > _STEPS_WITH_COVERAGE:
            return {}
        tree, statements, branches = probed(ast.parse(source))
        seen: set[int] = set()

        def note(probe: int, *condition: Any) -> Any:
            if condition:
                seen.add(probe + (not condition[0]))
                return condition[0]
            return seen.add(probe)

        code = compile(tree, "solution.py", "exec", dont_inherit=True)
        outcomes = self._outcomes(code, itertools.repeat(_MOST_STEPS), {SEEN: note})
        for _ in zip(range(1 + len(self._tests)), outcomes, strict=False):
            pass
        run = sum(probe < statements for probe in seen)
        return {"statements": [run, statements], "branches": [len(seen) - run, branches]}

    def _outcomes(
        self,
        code: types.CodeType | None,
        budgets: Iterable[int | None],
        names: dict[str, Any] | None = None,
    ) -> Iterator[Any]:
        """Yield ``None`` if the program loads, ``None`` for each test passed, and each answer."""
        if code is None:
            yield Raised(SyntaxError())
            return
        tools = {TICK: self._steps.tick} | (names or {})
        module = types.ModuleType("solution")
        module.__dict__.update(tools)

        def load() -> None:
            if self._function:
                sys.modules["solution"] = module
                exec(code, module.__dict__)

        def program(text: str) -> str:
            return _output(code, tools, text)

        target = module.__dict__ if self._function else program
        calls = [lambda _: load(), *self._tests, *self._inputs]
        for call, budget in zip(calls, budgets, strict=False):
            if budget is None:
                yield None
                continue
            self._steps.begin(budget)
            random.seed(0)
            sys.setrecursionlimit(_RECURSION_LIMIT)
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    outcome = call(target)
            except BaseException as error:
                outcome = Raised(error)
            yield outcome

    def _test(self, test: Mapping[str, Any], setup: str) -> Callable[[Any], Any]:
        """Return what runs a test: it returns ``None``, or raises."""
        if "assert" in test:
            code = compile(f"{setup}\n{test['assert']}", "test", "exec")
            return lambda names: exec(code, dict(names))
        answer = self._answer_to(test["input"])
        expected = eval(test["expected"]) if self._function else test["expected"].split()

        def run(target: Any) -> None:
            value = answer(target)
            if isinstance(value, str) and not self._function:
                value = value.split()
            if test["from_json"]:
                value = _without_tuples(value)
            if value != expected:
                raise AssertionError

        return run

    def _answer_to(self, text: str) -> Callable[[Any], Any]:
        """Return what gives a program an input, and returns its answer."""
        if not self._function:
            return lambda program: program(text)
        arguments = compile(text, "arguments", "eval")
        return lambda names: _found(names, self._function)(*eval(arguments))


def mutants(source: str, numbers: Iterable[int]) -> Iterator[types.CodeType | None]:
    """Yield the program with each of these edits, counted; ``None``: it is no valid program.

    One tree is changed and changed back, which takes a fifth of the time of writing each mutant and
    reading it again.
    """
    tree = counted(without_docstrings(ast.parse(source)))
    changes = edits(tree, TICKS)
    for number in numbers:
        undo = changes[number]()
        yield _compiled(tree)
        undo()


def _compiled(tree: ast.Module) -> types.CodeType | None:
    try:
        return _code(tree)
    except (
        ValueError
    ):  # such as an operator with one operand, which is written without the operator
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return _code(ast.parse(ast.unparse(tree)))
    except (SyntaxError, RecursionError, MemoryError):
        pass
    return None


def _code(tree: ast.Module) -> types.CodeType:
    return compile(tree, "solution.py", "exec", dont_inherit=True)


def _output(code: types.CodeType, tools: dict[str, Any], text: str) -> str:
    """Run a program that reads standard input; return its output."""
    stdout = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")
    try:
        with contextlib.redirect_stdout(stdout), contextlib.suppress(SystemExit):
            exec(code, {"__name__": "__main__", **tools})
    finally:
        sys.stdin = before
    written: bytes = stdout.buffer.getvalue()
    return written.decode("utf-8", "replace")


def _found(names: dict[str, Any], path: str) -> Any:
    """Return a function of the program, such as ``f`` or ``Solution().f``."""
    first, *rest = path.split(".")
    found = names[first.removesuffix("()")]
    found = found() if first.endswith("()") else found
    for name in rest:
        found = getattr(found, name.removesuffix("()"))
        found = found() if name.endswith("()") else found
    return found


def _text(value: Any) -> str | None:
    """Return a value as text; ``None`` if no test is made of it."""
    text = repr(value)
    return None if isinstance(value, Raised) or len(text) > _LONGEST else text


def _are_same(value: Any, other: Any) -> bool:
    """Return whether a test could not tell two outcomes apart."""
    if isinstance(value, Raised) or isinstance(other, Raised):
        return isinstance(other, Raised)
    try:
        return bool(value == other) or repr(value) == repr(other)
    except Exception:
        return True


def _without_tuples(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_without_tuples(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_tuples(item) for key, item in value.items()}
    return value


def lines(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is found of one problem: of the reference, the coverage, and each mutant."""
    screen = Screen(job)
    line = screen.reference(job["reference"])
    yield {"reference": line}
    if not line["passes"]:
        return
    if job["coverage"]:
        yield {"coverage": screen.coverage(job["reference"])}
    for code in mutants(job["reference"], job["edits"]):
        if screen.is_spent:
            break
        yield {"mutant": screen.mutant(code)}


def main() -> None:
    """Read the jobs, and write their lines; each says the number of its job."""
    out = sys.stdout
    for number, job in enumerate(json.loads(sys.stdin.read())):
        for line in itertools.chain(lines(job), [{"end": True}]):
            out.write(json.dumps({"job": number} | line) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
