"""New inputs of a form: mutants of its own, and of those mutants, as far as they are in its domain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rltf.augment.input_domain import Domain
from rltf.augment.signatures import Input, Signature
from rltf.augment.text_mutation import TextMutator
from rltf.augment.value_mutation import Mutator
from rltf.common.literals import literal_text
from rltf.common.stable_random import StableRandom

LONGEST = 4096
"""Characters of an input that is mutated, or made."""
_TRIES = 20
"""For each input that is wanted."""
_ROUNDS = (1, 1, 2, 3)
"""Changes that make a mutant."""


def new_inputs(
    form: Signature, wanted: int, dice: StableRandom, asked: Iterable[Input] = ()
) -> list[Input]:
    """At most ``wanted`` mutants, after those of ``asked`` that fit; none is one of the form's own."""
    domain = Domain(form.inputs)
    taken = set(map(key, form.inputs))
    own = [given for given in form.inputs if len(key(given)) <= LONGEST]
    found: list[Input] = []

    def take(given: Input) -> bool:
        try:
            name = key(given)
        except ValueError:
            return False
        if name in taken or len(name) > LONGEST or given not in domain:
            return False
        taken.add(name)
        found.append(given)
        return True

    for given in asked:
        take(given)
    if not own:
        return found
    mutate = _mutator(form, dice)
    pool = own + found
    left = wanted
    for _ in range(_TRIES * wanted):
        given = dice.pick(own if dice.chance(0.5) else pool)
        for _ in range(dice.pick(_ROUNDS)):
            given = mutate(given)
        given = domain.fitted(given)
        if take(given):
            pool.append(given)
            left -= 1
            if not left:
                break
    return found


def key(given: Input) -> str:
    """The input as a text that no other input has; ``ValueError`` where it is no literal."""
    return given if isinstance(given, str) else literal_text(given)


def _mutator(form: Signature, dice: StableRandom) -> Any:
    texts = [given for given in form.inputs if isinstance(given, str)]
    if texts:
        return TextMutator(dice, texts).mutated
    values = Mutator(dice, [value for args in form.inputs for value in args])

    def mutated(args: Input) -> Input:
        items: list[Any] = list(args)
        if items:
            at = dice.number(0, len(items) - 1)
            items[at] = values.mutated(items[at])
        return tuple(items)

    return mutated
