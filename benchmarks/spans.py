"""Tokens a second from a sample's ids to its per-token rewards, on one core, in one table.

    python benchmarks/spans.py [--tokens 512] [--tokens 8192]

The programs are sources of the standard library, cut at so many tokens of a byte-level BPE that is
trained on them; in those that are not ASCII, vowels are written with accents, so that characters lie
across tokens. "fine" builds the map and puts one line's reward on its tokens, "weighted" builds it and
spreads one with a weight for each token, as a critic has them. "decode every prefix" is how RLTF's
released code finds the tokens of a line: it must find the same ones.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from timeit import Timer

import click
from tabulate import tabulate
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from rltf import RewardTerm
from rltf.spans import TokenMap, line_span, token_rewards, token_table

MODULES = (argparse, ast, dataclasses, inspect, textwrap)
ACCENTS = str.maketrans("aeiou", "áéíóú")


@dataclass(frozen=True)
class Workload:
    """A program, the ids it is sampled as, and a line that is at fault."""

    name: str
    ids: list[int]
    pieces: list[bytes]
    program: str
    line: tuple[int, int]
    """Characters ``[start, end)``."""


@click.command()
@click.option(
    "--tokens",
    "sizes",
    multiple=True,
    default=(512, 8192),
    show_default=True,
    type=click.IntRange(min=16),
)
def spans(sizes: tuple[int, ...]) -> None:
    """Print the table. Exits with 1 where the two ways to find a line's tokens disagree."""
    source = "\n".join(inspect.getsource(module) for module in MODULES)
    tokenizer = trained(source)
    rows = []
    for size in sizes:
        for name, text in (("ASCII", source), ("accents", source.translate(ACCENTS))):
            work = workload(tokenizer, name, text, size)
            if TokenMap(work.pieces, work.program).tokens(*work.line) != by_prefixes(
                tokenizer, work
            ):
                raise click.ClickException(f"{name}, {size} tokens: not the same tokens")
            ways = (
                lambda work=work: fine(work),
                lambda work=work: weighted(work),
                lambda work=work: by_prefixes(tokenizer, work),
            )
            rows.append((name, size, *(f"{size / seconds(way):,.0f}" for way in ways)))
    click.echo("tokens a second\n")
    headers = ("program", "tokens", "fine", "weighted", "decode every prefix")
    click.echo(
        tabulate(rows, headers=headers, disable_numparse=True, colalign=("left",) + ("right",) * 4)
    )


def trained(source: str) -> PreTrainedTokenizerFast:
    """GPT-2's kind of tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=4000, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([source], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def workload(tokenizer: PreTrainedTokenizerFast, name: str, text: str, size: int) -> Workload:
    """The first ``size`` tokens of a text, and the line in the middle of them."""
    ids = tokenizer.backend_tokenizer.encode(text).ids[:size]
    if len(ids) < size:
        raise click.BadParameter(f"the sources have {len(ids)} tokens", param_hint="--tokens")
    table = token_table(tokenizer)
    pieces = [table[i] for i in ids]
    program = b"".join(pieces).decode("utf-8", "replace")
    lines = program.split("\n")
    middle = next(n for n in range(len(lines) // 2, len(lines)) if lines[n].strip())
    return Workload(name, ids, pieces, program, line_span(program, middle + 1, middle + 1))


def fine(work: Workload) -> None:
    """One line's reward."""
    rewards(work, (RewardTerm(-0.3, *work.line),))


def weighted(work: Workload) -> None:
    """A whole program's reward, with as many weights as it has tokens."""
    step = max(1, len(work.program) // len(work.ids))
    weights = tuple((place, 1 / (1 + place)) for place in range(0, len(work.program), step))
    rewards(work, (RewardTerm(-0.6, weights=weights),))


def rewards(work: Workload, terms: Sequence[RewardTerm]) -> None:
    token_rewards({"reward": terms}, TokenMap(work.pieces, work.program))


def by_prefixes(tokenizer: PreTrainedTokenizerFast, work: Workload) -> tuple[int, int]:
    """Tokens ``[first, stop)`` of the line: all prefixes decoded until one holds the line."""
    start, end = work.line
    first = None
    for stop in range(1, len(work.ids) + 1):
        text = tokenizer.backend_tokenizer.decode(work.ids[:stop])
        if first is None and len(text) > start:
            first = stop - 1
        if first is not None and text[start:end] == work.program[start:end]:
            return first, stop
    raise AssertionError("no prefix holds the line")


def seconds(way: Callable[[], object]) -> float:
    """CPU time of one call, over at least 0.2 s."""
    calls, total = Timer(way, timer=time.process_time).autorange()
    return total / calls


if __name__ == "__main__":
    spans()
