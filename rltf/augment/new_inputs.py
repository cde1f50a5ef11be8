"""New inputs for a problem: mutants of its own inputs, and of those mutants, within its domain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rltf.augment.input_domain import Domain
from rltf.augment.signatures import Input, Signature
from rltf.augment.text_mutation import TextMutator
from rltf.augment.value_mutation import Mutator
from rltf.common.literals import literal_text
from rltf.common.seeds import StableRandom

MAX_LENGTH = 4096
"""How many characters an input may have that is mutated or made."""
_TRIES_PER_INPUT = 20
_CHANGES = (1, 1, 2, 3)
"""How many changes make a mutant; one of these is drawn."""


def new_inputs(
    signature: Signature, count: int, rng: StableRandom, model_inputs: Iterable[Input] = ()
) -> list[Input]:
    """Return the ``model_inputs`` that are within the domain, then at most ``count`` mutants.

    None of them is one of the problem's own inputs, and no input comes twice.
    """
    domain = Domain(signature.inputs, signature.prompt)
    known_keys = set(map(key, signature.inputs))
    seeds = [each for each in signature.inputs if len(key(each)) <= MAX_LENGTH]
    inputs: list[Input] = []

    def add(candidate: Input) -> bool:
        try:
            candidate_key = key(candidate)
        except ValueError:
            return False
        too_long = len(candidate_key) > MAX_LENGTH
        if candidate_key in known_keys or too_long or candidate not in domain:
            return False
        known_keys.add(candidate_key)
        inputs.append(candidate)
        return True

    for candidate in model_inputs:
        add(candidate)
    if not seeds:
        return inputs
    mutate = _mutator(signature, rng)
    pool = seeds + inputs
    missing = count
    for _ in range(_TRIES_PER_INPUT * count):
        mutant = rng.pick(seeds if rng.chance(0.5) else pool)
        for _ in range(rng.pick(_CHANGES)):
            mutant = mutate(mutant)
        mutant = domain.fitted(mutant)
        if add(mutant):
            pool.append(mutant)
            missing -= 1
            if not missing:
                break
    return inputs


def key(value: Input) -> str:
    """Return a text that identifies an input; raise ``ValueError`` if it is not a literal."""
    return value if isinstance(value, str) else literal_text(value)


def _mutator(signature: Signature, rng: StableRandom) -> Callable[[Any], Input]:
    texts = [each for each in signature.inputs if isinstance(each, str)]
    if texts:
        return TextMutator(rng, texts).mutated
    values = Mutator(rng, [value for args in signature.inputs for value in args])

    def mutated(args: tuple[Any, ...]) -> Input:
        mutant = list(args)
        if mutant:
            index = rng.number(0, len(mutant) - 1)
            mutant[index] = values.mutated(mutant[index])
        return tuple(mutant)

    return mutated
