"""Critic sampling (CodeRL): programs that pass the visible tests are begun again, others repaired.

    first     n samples a problem ─► visible tests ─► P pass, F fail
    repaired  where P is empty: the M = 1 likeliest of F goes into a repair prompt, n samples of that
    refined   where P is not: each of P is cut at its best place, n samples go on from there

Each stage is a benchmark in a folder of its own, with prompts that follow from the stages before it,
so that after a kill each goes on where it stopped. The benchmark's own samples are the refined ones, and
the first ones of problems that have no visible tests or that nothing passed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rltf.bench.bench_folder import BenchFolder
from rltf.bench.config import BenchError, CriticSampling
from rltf.bench.counts import Counts
from rltf.bench.results import results
from rltf.bench.runner import Benchmark, complete, read_back
from rltf.common.digests import text_digest
from rltf.common.seeds import derive_seed
from rltf.common.stopwatch import Stopwatch
from rltf.critic import load_critic
from rltf.critic.model import HEAD, Critic, Reading
from rltf.critic.outcome import FAILED, PASSED, outcome
from rltf.models.loaded_model import LoadedModel, load_model
from rltf.models.policy_writer import model_digest
from rltf.problem import Problem
from rltf.prompt import place
from rltf.sample import Sample
from rltf.samples.line_file import LineFile
from rltf.samples.verdict_line import verdict_from_dict
from rltf.scoring.visibility import visible_verdict
from rltf.verdict import Verdict

RESULTS = {0: "-2", 1: "-1", FAILED: "False"}
"""How CodeRL's code writes an outcome, which its repair prompts show."""

Watch = Callable[[Iterator[None], int], Iterable[None]]
"""Shows the progress of so many samples."""


@dataclass(frozen=True)
class Candidate:
    """A sample of a stage."""

    program: str
    completion: str
    verdict: Verdict
    """Over the visible tests."""


class Refiner:
    """A critic, and the policy that repairs."""

    def __init__(self, critic: Critic, config: CriticSampling, repairer: LoadedModel) -> None:
        self.config = config
        self._critic = critic
        self._repairer = repairer

    @classmethod
    def load(
        cls,
        folder: str,
        repair_policy: str | None,
        subject: LoadedModel,
        problems: Sequence[Problem],
        seed: int,
    ) -> Refiner:
        """From names; ``None`` repairs with the policy itself.

        Raises :class:`rltf.bench.config.BenchError` where there is nothing to refine, and
        :class:`rltf.manager.PluginError` where critic or policy cannot be had.
        """
        if not subject.continues:
            raise BenchError(
                f"policy {subject.writer.name} writes elsewhere, where programs cannot be begun for "
                "it: leave out --critic"
            )
        if not any(map(_has_visible_tests, problems)):
            raise BenchError(
                "critic sampling goes by visible tests, and none of these problems has one: leave "
                "out --critic"
            )
        critic = load_critic(folder)
        head = hashlib.sha256((Path(folder).expanduser() / HEAD).read_bytes()).hexdigest()
        repairer = load_model(repair_policy, seed, None) if repair_policy else subject
        config = CriticSampling(
            critic=text_digest([model_digest(critic.base), head]),
            repair_policy=repairer.writer.name,
            repair_model=repairer.digest,
        )
        return cls(critic, config, repairer)

    def run(
        self,
        benchmark: Benchmark,
        folder: BenchFolder,
        tally: Counts,
        ks: Sequence[int],
        stopwatch: Stopwatch,
        watch: Watch,
    ) -> dict[str, Any]:
        """Fill the folder and the tally of a benchmark; what results.json says of it."""

        config = benchmark.config
        with ExitStack() as stack:

            def stage(name: str, part: Benchmark) -> tuple[BenchFolder, Counts]:
                own = stack.enter_context(BenchFolder(folder.path / name, part.config))
                known = Counts(part.problems, part.config.n)
                read_back(own, known)
                todo = int((~known.judged).sum())
                for _ in watch(complete(part, own, known, stopwatch), todo):
                    pass
                return own, known

            plain, before = stage(
                "first", replace(benchmark, config=replace(config, critic_sampling=None))
            )
            seen = [problem for problem in benchmark.problems if _has_visible_tests(problem)]
            found = candidates(plain, seen)
            broken = [
                problem for problem in seen if (own := found[problem.task_id]) and not _passing(own)
            ]
            if broken:
                prompts = self._repair_prompts(benchmark, broken, found)
                repaired, _ = stage("repaired", self._part(benchmark, "repaired", broken, prompts))
                found |= candidates(repaired, broken)
            chosen = [problem for problem in seen if _passing(found[problem.task_id])]
            sources = [plain]
            if chosen:
                prompts = _prompts(benchmark, chosen)
                begun = [self._beginnings(problem, found, config.n) for problem in chosen]
                refined, _ = stage(
                    "refined", self._part(benchmark, "refined", chosen, prompts, begun)
                )
                sources.append(refined)
            _merge(folder, tally, sources, {problem.task_id for problem in chosen})
        first = results(config, before, ks, (), stopwatch.seconds())
        names = {problem.task_id for problem in chosen}
        return {
            "problems": {
                "refined": len(chosen),
                "repair_tried": len(broken),
                "repaired": sum(problem.task_id in names for problem in broken),
                "left_without_visible_tests": len(benchmark.problems) - len(seen),
                "left_since_none_passed": len(seen) - len(chosen),
            },
            "first": {"pass_at_k": first["pass_at_k"], "statuses": first["statuses"]},
        }

    def _part(
        self,
        benchmark: Benchmark,
        name: str,
        problems: Sequence[Problem],
        prompts: Sequence[str],
        begun: Sequence[Sequence[str]] = (),
    ) -> Benchmark:
        """A stage over some of the problems."""
        config = benchmark.config
        texts = [text for row in begun for text in row]
        config = replace(
            config,
            seed=derive_seed(config.seed, "critic sampling", name),
            asked=text_digest([*prompts, *benchmark.format.stops, *texts]),
        )
        writer = benchmark.writer
        if name == "repaired":
            writer = self._repairer.writer
            config = replace(
                config,
                policy=writer.name,
                model=self._repairer.digest,
                batch_size=self._repairer.batch_size,
            )
        return replace(
            benchmark, config=config, problems=problems, prompts=prompts, writer=writer, begun=begun
        )

    def _beginnings(
        self, problem: Problem, found: Mapping[str, Sequence[Candidate]], n: int
    ) -> list[str]:
        """What each of a problem's n refined samples begins with: its passing programs in turn."""
        passing = _passing(found[problem.task_id])
        readings = self._critic.read([(problem, _sample(problem, each)) for each in passing])
        beginnings = [
            _beginning(problem, candidate, kept(reading, candidate.program))
            for candidate, reading in zip(passing, readings, strict=True)
        ]
        return [beginnings[column % len(beginnings)] for column in range(n)]

    def _repair_prompts(
        self,
        benchmark: Benchmark,
        problems: Sequence[Problem],
        found: Mapping[str, Sequence[Candidate]],
    ) -> list[str]:
        prompts = []
        for problem, prompt in zip(problems, _prompts(benchmark, problems), strict=True):
            failing = found[problem.task_id]
            readings = self._critic.read([(problem, _sample(problem, each)) for each in failing])
            rates = [pass_share(reading.whole) for reading in readings]
            prompts.append(repair_prompt(prompt, failing[rates.index(max(rates))]))
        return prompts


def pass_share(probabilities: Any) -> Any:
    """p(passed) against p(failed) alone, from (…, 4): CodeRL has a critic of these two for it."""
    passed, failed = probabilities[..., PASSED], probabilities[..., FAILED]
    return passed / (passed + failed)


def kept(reading: Reading, program: str) -> int:
    """How many characters of a passing program are kept (CodeRL).

    Up to the token with the largest p(passed), and never past the first token that p(failed) is
    larger than p(passed) at.
    """
    shares = pass_share(reading.tokens)
    tokens = int(shares.argmax()) + 1
    doubtful = (shares < 0.5).nonzero()[0]
    if len(doubtful):
        tokens = min(tokens, int(doubtful[0]))
    return reading.starts[tokens] if tokens < len(reading.starts) else len(program)


def repair_prompt(prompt: str, candidate: Candidate) -> str:
    """Prompt, program, outcome and kind of error, as CodeRL's repair models were shown them."""
    verdict = candidate.verdict
    result = outcome(verdict.status)
    assert result in RESULTS  # neither passed nor unscored
    kind = verdict.error.type if verdict.error else verdict.status
    kind = "" if result == FAILED else kind
    return "\n".join([prompt, candidate.program, RESULTS[result], kind, "ANSWER:\n"])


def candidates(folder: BenchFolder, problems: Sequence[Problem]) -> dict[str, list[Candidate]]:
    """Task id to the samples of a stage whose visible tests say something, by their number."""
    tasks = {problem.task_id: problem for problem in problems}
    verdicts = {
        (line["task_id"], line["sample"]): visible_verdict(
            tasks[line["task_id"]], verdict_from_dict(line)
        )
        for line in folder.verdicts
        if line["task_id"] in tasks
    }
    found: dict[tuple[str, int], Candidate] = {}
    for line in folder.samples:
        key = line["task_id"], line["sample"]
        if (verdict := verdicts.get(key)) is not None:
            found[key] = Candidate(line["solution"], line["completion"], verdict)
    by_task: dict[str, list[Candidate]] = {task_id: [] for task_id in tasks}
    for task_id, number in sorted(found):
        by_task[task_id].append(found[task_id, number])
    return by_task


def _merge(
    folder: BenchFolder, tally: Counts, sources: Sequence[BenchFolder], refined: Container[str]
) -> None:
    """Make the last samples of every problem the benchmark's own: those of the first source, but of
    the refined problems those of the second."""

    def last(files: Sequence[LineFile]) -> Iterator[dict[str, Any]]:
        for file, of_refined in zip(files, (False, True), strict=False):
            yield from (line for line in file if (line["task_id"] in refined) == of_refined)

    for line in last([source.samples for source in sources]):
        if tally.write(line):
            folder.samples.append([line])
    for line in last([source.verdicts for source in sources]):
        if not tally.judged[tally.place(line)]:
            folder.verdicts.append([line])
            tally.judge(line)


def _has_visible_tests(problem: Problem) -> bool:
    return any(test.visible for test in problem.tests)


def _passing(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.verdict.passed]


def _prompts(benchmark: Benchmark, problems: Sequence[Problem]) -> list[str]:
    """The prompts of some of a benchmark's problems."""
    prompts = {
        p.task_id: text for p, text in zip(benchmark.problems, benchmark.prompts, strict=True)
    }
    return [prompts[problem.task_id] for problem in problems]


def _sample(problem: Problem, candidate: Candidate) -> Sample:
    return Sample(problem.task_id, candidate.program)


def _beginning(problem: Problem, candidate: Candidate, characters: int) -> str:
    """The part of a completion that makes so many characters of its program."""
    start = place(candidate.program, candidate.completion, problem.entry_point)
    return "" if start is None else candidate.completion[: max(0, characters - start)]
