"""Mutants of programs: one thing changed, all of them Python, drawn by seed."""

import ast

import pytest

from rltf.augment.mutants import mutants
from rltf.common.seeds import StableRandom

PROGRAM = '''
def f(xs, k):
    """Not to be mutated."""
    total = 0
    for x in xs[1:k]:
        if x > 2 and not x == 7:
            total += x * 3
        else:
            break
    return max(total, -1)
'''


def every(program: str) -> list[str]:
    return mutants(program, 1000, StableRandom(0))


def test_they_are_different_and_python_and_not_the_program() -> None:
    all_mutants = every(PROGRAM)
    assert len(all_mutants) == len(set(all_mutants)) > 20
    for mutant in all_mutants:
        ast.parse(mutant)
        assert "mutated" not in mutant


@pytest.mark.parametrize(
    "line",
    [
        "if x >= 2 and (not x == 7):",
        "if x > 3 and (not x == 7):",
        "if x > 2 or not x == 7:",
        "if x > 2 and (not x != 7):",
        "if x > 2 and (not not x == 7):",
        "if not x == 7:",
        "if not (x > 2 and (not x == 7)):",
        "total -= x * 3",
        "total += x + 3",
        "for x in xs[1:k + 1]:",
        "for x in xs[:k]:",
        "continue",
        "return min(total, -1)",
        "return max(total, +1)",
        "pass",
    ],
)
def test_every_kind_of_change_is_made(line: str) -> None:
    assert any(line in map(str.strip, mutant.splitlines()) for mutant in every(PROGRAM))


def test_programs_without_a_function_are_mutated_too() -> None:
    assert "n = int(input())\npass" in every("n = int(input())\nprint(n)")


def test_so_many_and_by_seed() -> None:
    assert mutants(PROGRAM, 5, StableRandom(4)) == mutants(PROGRAM, 5, StableRandom(4))
    assert len(mutants(PROGRAM, 5, StableRandom(4))) == 5
    assert mutants(PROGRAM, 5, StableRandom(4)) != mutants(PROGRAM, 5, StableRandom(5))


@pytest.mark.parametrize("program", ["def f(:", "", "\0", "x = " + "(" * 300])
def test_what_cannot_be_mutated_has_no_mutants(program: str) -> None:
    assert every(program) == []
