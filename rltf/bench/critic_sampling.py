"""Critic sampling (CodeRL): refine programs that pass the visible tests, and repair others.

    first     n samples for each problem ─► visible tests ─► passing and failing programs
    repaired  no program passes: put the likeliest one into a repair prompt, draw n samples
    refined   some pass: cut each where the critic says, and let the policy complete it, n samples

Each stage is a benchmark in a folder of its own, and its prompts follow from the stages before it,
so that every stage continues where it stopped after a kill. The benchmark's own samples are the
refined ones; a problem without visible tests or without a passing program keeps its first samples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rltf.bench.bench_folder import BenchFolder
from rltf.bench.benchmark import Benchmark
from rltf.bench.config import CriticSampling
from rltf.bench.counts import Counts
from rltf.bench.results import results
from rltf.bench.runner import complete, read_back
from rltf.common.digests import text_digest
from rltf.common.seeds import derive_seed
from rltf.common.stopwatch import Stopwatch
from rltf.critic import load_critic
from rltf.critic.model import HEAD, Critic, Reading
from rltf.critic.outcome import FAILED, PASSED, outcome
from rltf.errors import BenchError
from rltf.models.loaded_model import LoadedModel, load_model
from rltf.models.policy_writer import model_digest
from rltf.problem import Problem
from rltf.prompt import place
from rltf.sample import Sample
from rltf.samples.json_lines_file import LineFile
from rltf.samples.verdict_line import verdict_from_dict
from rltf.scoring.visibility import visible_verdict
from rltf.verdict import Verdict

OUTCOME_TEXTS = {0: "-2", 1: "-1", FAILED: "False"}
"""Outcomes as the repair prompts of CodeRL's code show them."""

Watch = Callable[[Iterator[None], int], Iterable[None]]
"""Shows the progress of an iterator over a number of samples."""


@dataclass(frozen=True)
class Candidate:
    """A sample of a stage."""

    program: str
    completion: str
    verdict: Verdict
    """Over the visible tests."""


class Refiner:
    """A critic, and the policy that repairs programs."""

    def __init__(self, critic: Critic, config: CriticSampling, repairer: LoadedModel) -> None:
        self.config = config
        self._critic = critic
        self._repairer = repairer

    @classmethod
    def load(
        cls,
        folder: str,
        repair_policy: str | None,
        model: LoadedModel,
        problems: Sequence[Problem],
        seed: int,
    ) -> Refiner:
        """Load a critic and the policy that repairs; ``None``: the model of the benchmark does.

        Raises :class:`rltf.bench.config.BenchError` if there is nothing to refine, and
        :class:`rltf.manager.PluginError` if critic or policy cannot be loaded.
        """
        if not model.continues:
            raise BenchError(
                f"policy {model.writer.name} writes elsewhere, where programs cannot be begun for "
                "it: leave out --critic"
            )
        if not any(map(_has_visible_tests, problems)):
            raise BenchError(
                "critic sampling goes by visible tests, and none of these problems has one: leave "
                "out --critic"
            )
        critic = load_critic(folder)
        head = hashlib.sha256((Path(folder).expanduser() / HEAD).read_bytes()).hexdigest()
        repairer = load_model(repair_policy, seed, None) if repair_policy else model
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
        counts: Counts,
        ks: Sequence[int],
        stopwatch: Stopwatch,
        watch: Watch,
    ) -> dict[str, Any]:
        """Fill a benchmark's folder and counts; return ``critic_sampling`` of results.json."""
        config = benchmark.config
        with ExitStack() as stack:

            def run_stage(name: str, stage: Benchmark) -> tuple[BenchFolder, Counts]:
                stage_folder = stack.enter_context(BenchFolder(folder.path / name, stage.config))
                stage_counts = Counts(stage.problems, stage.config.n)
                read_back(stage_folder, stage_counts)
                missing = int((~stage_counts.judged).sum())
                for _ in watch(complete(stage, stage_folder, stage_counts, stopwatch), missing):
                    pass
                return stage_folder, stage_counts

            first_stage = replace(benchmark, config=replace(config, critic_sampling=None))
            first, first_counts = run_stage("first", first_stage)
            testable = [problem for problem in benchmark.problems if _has_visible_tests(problem)]
            by_task = candidates(first, testable)
            failing = [
                problem
                for problem in testable
                if by_task[problem.task_id] and not _passing(by_task[problem.task_id])
            ]
            if failing:
                prompts = self._repair_prompts(benchmark, failing, by_task)
                repaired, _ = run_stage(
                    "repaired", self._stage(benchmark, "repaired", failing, prompts)
                )
                by_task |= candidates(repaired, failing)
            refinable = [problem for problem in testable if _passing(by_task[problem.task_id])]
            sources = [first]
            if refinable:
                prompts = _prompts(benchmark, refinable)
                prefixes = [self._prefixes(problem, by_task, config.n) for problem in refinable]
                refined, _ = run_stage(
                    "refined", self._stage(benchmark, "refined", refinable, prompts, prefixes)
                )
                sources.append(refined)
            refined_ids = {problem.task_id for problem in refinable}
            _merge(folder, counts, sources, refined_ids)
        first_results = results({}, first_counts, ks, (), stopwatch.seconds(), config.seed)
        return {
            "problems": {
                "refined": len(refinable),
                "repair_tried": len(failing),
                "repaired": sum(problem.task_id in refined_ids for problem in failing),
                "left_without_visible_tests": len(benchmark.problems) - len(testable),
                "left_since_none_passed": len(testable) - len(refinable),
            },
            "first": {name: first_results[name] for name in ("pass_at_k", "statuses")},
        }

    def _stage(
        self,
        benchmark: Benchmark,
        name: str,
        problems: Sequence[Problem],
        prompts: Sequence[str],
        prefixes: Sequence[Sequence[str]] = (),
    ) -> Benchmark:
        """Return the benchmark of a stage over some of the problems."""
        config = benchmark.config
        prefix_texts = [text for row in prefixes for text in row]
        config = replace(
            config,
            seed=derive_seed(config.seed, "critic sampling", name),
            asked=text_digest([*prompts, *benchmark.format.stops, *prefix_texts]),
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
            benchmark,
            config=config,
            problems=problems,
            prompts=prompts,
            writer=writer,
            prefixes=prefixes,
        )

    def _prefixes(
        self, problem: Problem, by_task: Mapping[str, Sequence[Candidate]], n: int
    ) -> list[str]:
        """Return the prefixes of a problem's n refined samples, cut from its passing programs."""
        passing = _passing(by_task[problem.task_id])
        prefixes = [
            _prefix(problem, candidate, kept_characters(reading, candidate.program))
            for candidate, reading in zip(passing, self._read(problem, passing), strict=True)
        ]
        return [prefixes[column % len(prefixes)] for column in range(n)]

    def _repair_prompts(
        self,
        benchmark: Benchmark,
        problems: Sequence[Problem],
        by_task: Mapping[str, Sequence[Candidate]],
    ) -> list[str]:
        """Return a repair prompt for each problem, with the program that is likeliest to pass."""
        repair_prompts = []
        for problem, prompt in zip(problems, _prompts(benchmark, problems), strict=True):
            failing = by_task[problem.task_id]
            shares = [pass_share(reading.whole) for reading in self._read(problem, failing)]
            repair_prompts.append(repair_prompt(prompt, failing[shares.index(max(shares))]))
        return repair_prompts

    def _read(self, problem: Problem, candidates: Sequence[Candidate]) -> list[Reading]:
        return self._critic.read(
            [(problem, Sample(problem.task_id, candidate.program)) for candidate in candidates]
        )


def pass_share(probabilities: Any) -> Any:
    """Return p(passed) / (p(passed) + p(failed)) for (…, 4) probabilities.

    CodeRL has a critic of its own for these two outcomes.
    """
    passed, failed = probabilities[..., PASSED], probabilities[..., FAILED]
    return passed / (passed + failed)


def kept_characters(reading: Reading, program: str) -> int:
    """Return how many characters of a passing program to keep, as CodeRL does.

    Keep everything up to the token with the largest p(passed), but stop before the first token at
    which p(failed) is larger than p(passed).
    """
    shares = pass_share(reading.tokens)
    tokens = int(shares.argmax()) + 1
    doubtful = (shares < 0.5).nonzero()[0]
    if len(doubtful):
        tokens = min(tokens, int(doubtful[0]))
    return reading.starts[tokens] if tokens < len(reading.starts) else len(program)


def repair_prompt(prompt: str, candidate: Candidate) -> str:
    """Join prompt, program, outcome and error type as in the training data of CodeRL's models."""
    verdict = candidate.verdict
    result = outcome(verdict.status)
    assert result in OUTCOME_TEXTS  # a candidate to repair has neither passed nor is it unscored
    error_type = verdict.error.type if verdict.error else verdict.status
    error_type = "" if result == FAILED else error_type
    return "\n".join([prompt, candidate.program, OUTCOME_TEXTS[result], error_type, "ANSWER:\n"])


def candidates(folder: BenchFolder, problems: Sequence[Problem]) -> dict[str, list[Candidate]]:
    """Return task id to the samples of a stage, in order, that have a verdict on visible tests."""
    by_id = {problem.task_id: problem for problem in problems}
    verdicts = {
        (line["task_id"], line["sample"]): visible_verdict(
            by_id[line["task_id"]], verdict_from_dict(line)
        )
        for line in folder.verdicts
        if line["task_id"] in by_id
    }
    by_sample: dict[tuple[str, int], Candidate] = {}
    for line in folder.samples:
        key = line["task_id"], line["sample"]
        if (verdict := verdicts.get(key)) is not None:
            by_sample[key] = Candidate(line["solution"], line["completion"], verdict)
    by_task: dict[str, list[Candidate]] = {task_id: [] for task_id in by_id}
    for task_id, number in sorted(by_sample):
        by_task[task_id].append(by_sample[task_id, number])
    return by_task


def _merge(
    folder: BenchFolder, counts: Counts, sources: Sequence[BenchFolder], refined: Container[str]
) -> None:
    """Copy the final samples of every problem into the benchmark's own folder.

    Refined problems have theirs in the second source, all others in the first.
    """

    def final(files: Sequence[LineFile]) -> Iterator[dict[str, Any]]:
        for file, is_refined in zip(files, (False, True), strict=False):
            yield from (line for line in file if (line["task_id"] in refined) == is_refined)

    for line in final([source.samples for source in sources]):
        if counts.add_sample(line):
            folder.samples.append([line])
    for line in final([source.verdicts for source in sources]):
        if not counts.judged[counts.position(line)]:
            folder.verdicts.append([line])
            counts.add_verdict(line)


def _has_visible_tests(problem: Problem) -> bool:
    return any(test.visible for test in problem.tests)


def _passing(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.verdict.passed]


def _prompts(benchmark: Benchmark, problems: Sequence[Problem]) -> list[str]:
    """Return the prompts of some of a benchmark's problems."""
    prompts = {
        problem.task_id: prompt
        for problem, prompt in zip(benchmark.problems, benchmark.prompts, strict=True)
    }
    return [prompts[problem.task_id] for problem in problems]


def _prefix(problem: Problem, candidate: Candidate, characters: int) -> str:
    """Return the beginning of a completion that makes up so many characters of its program."""
    start = place(candidate.program, candidate.completion, problem.entry_point)
    return "" if start is None else candidate.completion[: max(0, characters - start)]
