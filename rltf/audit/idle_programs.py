"""Programs without work: none of them does what its problem asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, get_args

from rltf.audit.prompt_examples import examples_of_calls, examples_of_programs
from rltf.augment.signatures import Input, Signature, signature_of, stated
from rltf.common.literals import literal_text
from rltf.problem import Problem
from rltf.scoring.visibility import task_text

Idle = Literal["empty", "pass", "refusal", "prompt", "constant", "lookup", "every_answer"]
IDLE: tuple[Idle, ...] = get_args(Idle)
REFUSAL = "I'm sorry, but I can't help with that.\n"
_MOST_CHARACTERS = 100_000

_LOOKUP = """\
_TABLE = {table}
def {name}(*args):
    for given, value in _TABLE:
        if repr(given) == repr(args):
            return value
"""
_LOOKUP_STDIN = """\
import sys
_TABLE = {table}
_given = sys.stdin.read().split()
for _text, _answer in _TABLE:
    if _text.split() == _given:
        sys.stdout.write(_answer)
        break
"""


def idle_programs(problem: Problem) -> dict[Idle, str]:
    """Return the programs that the problem has; one without visible tests has no ``lookup``."""
    programs: dict[Idle, str] = {
        "empty": "",
        "pass": _function(problem, "pass"),
        "refusal": REFUSAL,
        "prompt": task_text(problem),
    }
    signature = signature_of(problem)
    if signature is not None:
        programs["constant"] = _answering(signature, problem, _commonest(signature.outputs))
        programs["every_answer"] = _every_answer(signature, problem)
    if table := _visible(problem):
        programs["lookup"] = _lookup(problem, table)
    return {name: text for name, text in programs.items() if len(text) <= _MOST_CHARACTERS}


def _commonest(outputs: Sequence[Any]) -> Any:
    """Return the most common output; the first of several."""
    (index, _), *_ = Counter(map(_first_equal(outputs), range(len(outputs)))).most_common(1)
    return outputs[index]


def _first_equal(outputs: Sequence[Any]) -> Any:
    texts = list(map(repr, outputs))
    return lambda index: texts.index(texts[index])


def _answering(signature: Signature, problem: Problem, answer: Any) -> str:
    if signature.kind == "stdin":
        return f"import sys\nsys.stdout.write({answer!r})\n"
    return _function(problem, f"return {literal_text(answer)}", signature.function)


def _every_answer(signature: Signature, problem: Problem) -> str:
    """Return a program that gives all expected outputs, whatever it is asked."""
    if signature.kind == "stdin":
        return _answering(signature, problem, "\n".join(dict.fromkeys(signature.outputs)))
    return _answering(signature, problem, list(signature.outputs))


def _visible(problem: Problem) -> list[tuple[Input, Any]]:
    """Return inputs and outputs that the prompt shows."""
    shown = [
        (given, output)
        for test in problem.tests
        if test.visible
        for _, given, output in stated(problem, test)
    ]
    if all(test.kind == "stdin" for test in problem.tests):
        return [*shown, *examples_of_programs(problem.prompt)]
    if problem.entry_point:
        return [*shown, *examples_of_calls(problem.prompt, problem.entry_point)]
    return shown


def _lookup(problem: Problem, table: Sequence[tuple[Input, Any]]) -> str:
    if all(test.kind == "stdin" for test in problem.tests):
        return _LOOKUP_STDIN.format(table=literal_text(table))
    path = problem.entry_point or "f"
    return _nested(path, _LOOKUP.format(table=literal_text(table), name=path.rpartition(".")[2]))


def _function(problem: Problem, body: str, name: str = "") -> str:
    """Return the entry point with this body; the body alone for a problem without one."""
    path = name or problem.entry_point
    if path is None or all(test.kind == "stdin" for test in problem.tests):
        return f"{body}\n" if body == "pass" else ""
    return _nested(path, f"def {path.rpartition('.')[2]}(*args, **options):\n    {body}\n")


def _nested(path: str, function: str) -> str:
    """Put a function into the class that a path such as ``Solution().f`` names."""
    owner, _, name = path.rpartition(".")
    if not owner:
        return function
    owner = owner.removesuffix("()")
    made = f"class {owner}:\n    pass\n"
    return f"{function}\n{made}{owner}.{name} = staticmethod({name})\n"
