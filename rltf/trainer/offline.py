"""Offline training: a file of samples, judged once, in place of rounds (RLTF, Table 4).

The samples are those of any policy. Their tokens are found by the tokenizer; the likelihood ratio
is that to the weights that the steps begin with. A line with ``"greedy": true``, as runs write them,
is the baseline program of its problem; without one, the first sample is (CodeRL's code).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rltf.dataset import DataError, Dataset
from rltf.models.policy import Policy
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.samples.sample_file import SampleFile
from rltf.spans import TokenMap
from rltf.trainer.config import Config
from rltf.trainer.lessons import Lessons, Round
from rltf.trainer.problem_split import Problems
from rltf.trainer.rollout import Rollouts


@dataclass(frozen=True)
class FoundSamples:
    """The samples of a file that can be trained on."""

    samples: Sequence[Sample]
    greedy: frozenset[int]
    """Indices of the baseline programs in ``samples``."""
    left_out: Mapping[str, int]
    """Number of other samples by the reason: ``held_out``, ``not_spelled``."""


def find_samples(
    config: Config, policy: Policy, rollouts: Rollouts, problems: Problems
) -> FoundSamples:
    """Read the run's file of samples, and find their tokens.

    Raises :class:`DataError` if it has no sample of a problem that is trained on.
    """
    assert config.samples is not None
    trained = {problem.task_id for problem in problems.train if problem.tests}
    samples: list[Sample] = []
    greedy: set[int] = set()
    left_out: Counter[str] = Counter()
    for problem, sample, is_greedy in _read(Path(config.samples), problems.dataset):
        if problem.task_id not in trained:
            left_out["held_out"] += 1
            continue
        found = _with_tokens(problem, sample, policy, rollouts, config.max_new_tokens)
        if found is None:
            left_out["not_spelled"] += 1
            continue
        if is_greedy:
            greedy.add(len(samples))
        samples.append(found)
    if not samples:
        raise DataError(
            f"{config.samples}: none of its samples is of a problem that is trained on and can be "
            f"spelled by the policy's tokenizer ({dict(left_out)})"
        )
    return FoundSamples(samples, frozenset(greedy), left_out)


def offline_round(
    found: FoundSamples, rollouts: Rollouts, lessons: Lessons, problems: Problems
) -> Round:
    """Judge the samples of a file, and return what they teach."""
    scored = [lessons.kept(each) for each in rollouts.judge(found.samples, problems.train)]
    groups: dict[str, list[ScoredSample]] = {}
    baselines: dict[str, ScoredSample] = {}
    for index, each in enumerate(scored):
        task_id = each.sample.task_id
        if index in found.greedy:
            baselines[task_id] = each
        else:
            groups.setdefault(task_id, []).append(each)
    pairs = [(samples, baselines.get(task_id, samples[0])) for task_id, samples in groups.items()]
    played = lessons.round_of(pairs, list(baselines.values()))
    return replace(played, left_out=Counter(played.left_out) + Counter(found.left_out))


def _read(path: Path, dataset: Dataset | None) -> Iterator[tuple[Problem, Sample, bool]]:
    for row in SampleFile(path, dataset).rows():
        value = row.row.value
        is_greedy = isinstance(value, dict) and value.get("greedy") is True
        for problem, sample in row.samples:
            yield problem, sample, is_greedy


def _with_tokens(
    problem: Problem, sample: Sample, policy: Policy, rollouts: Rollouts, limit: int
) -> Sample | None:
    """Return the sample with the tokens that spell it, or ``None`` if none do."""
    if sample.text in (None, sample.program):  # a bare program, which a chat model would fence
        program = sample.program.rstrip()
        text = policy.answer(program)
        sample = replace(sample, program=program, text=text, shift=-text.index(program))
    assert sample.text is not None
    ids = policy.encode_target(sample.text, limit)
    spelled = [policy.token_table[token] for token in ids]
    try:
        TokenMap(spelled, sample.program, sample.shift)
    except ValueError:
        return None
    return replace(sample, token_ids=ids, prompt_ids=rollouts.prompt(problem))
