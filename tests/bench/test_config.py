from dataclasses import replace
from typing import Any

import pytest

from rltf import Problem, TestCase
from rltf.bench.config import BenchConfig, BenchError, data_digest
from rltf.limits import Limits
from rltf.sampling_options import Sampling

PROBLEM = Problem("t", "double it", [TestCase.call(({1: "one", "a": {2, 3}},), 4)], entry_point="f")


def test_the_digest_of_problems_is_the_same_for_the_same_problems_alone() -> None:
    digest = data_digest([PROBLEM])
    assert digest == data_digest([replace(PROBLEM, solutions=("def f(x): return 4",))])
    others = [
        [],
        [PROBLEM, PROBLEM],
        [replace(PROBLEM, prompt="halve it")],
        [replace(PROBLEM, tests=(TestCase.call(({1: "one", "a": {2, 3}},), 5),))],
        [replace(PROBLEM, entry_point="g")],
    ]
    assert digest not in {data_digest(other) for other in others}


@pytest.mark.parametrize("argument", [{1: 2, "a": 3}, {"b", 1, None}, object])
def test_every_argument_of_a_test_has_a_digest(argument: object) -> None:
    problem = replace(PROBLEM, tests=(TestCase.call((argument,), 4),))
    assert data_digest([problem]) == data_digest([problem]) != data_digest([PROBLEM])


@pytest.mark.parametrize("option", ["n", "batch_size", "isolation"])
def test_an_option_out_of_its_range_is_refused(option: str) -> None:
    texts = dict.fromkeys(("dataset", "split", "policy", "prompt", "model", "data", "asked"), "x")
    options: dict[str, Any] = {**texts, "preset": None, "sampling": Sampling(), "limits": Limits()}
    options |= {"n": 1, "seed": 0, "batch_size": 1}
    with pytest.raises(BenchError, match=f"{option} must be .*, not 0"):
        BenchConfig(**options | {option: 0})
