"""The rounds of a run: from problems to experiences, and when the buffer needs another."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from rltf.common.seeds import derive_seed, shuffled_indices
from rltf.common.stopwatch import Stopwatch
from rltf.errors import RunError
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sampling_options import Sampling
from rltf.trainer.buffer import Buffer, Experience
from rltf.trainer.config import Config
from rltf.trainer.lessons import Lessons, Round
from rltf.trainer.rollout import Pending, Rollouts
from rltf.trainer.round_report import RoundWarnings
from rltf.trainer.run_folder import RunFolder


class PendingRound(NamedTuple):
    """A round whose samples are written; some may still be at the executor."""

    greedy: Pending
    """A greedy program for each problem or candidate."""
    sampled: list[str]
    """Task ids of the problems that have samples."""
    samples: Pending


class Rounds:
    """Play the rounds of a run, and count their samples."""

    def __init__(
        self,
        config: Config,
        problems: Sequence[Problem],
        rollouts: Rollouts,
        lessons: Lessons,
        stopwatch: Stopwatch,
    ) -> None:
        self._config = config
        self._problems = [problem for problem in problems if problem.tests]
        self._rollouts = rollouts
        self._lessons = lessons
        self._stopwatch = stopwatch
        self.played = 0
        self.samples = 0
        self.experiences = 0
        self.left_out: Counter[str] = Counter()
        self.unscored = 0
        self.guarded_left_out = 0

    def totals(self) -> dict[str, Any]:
        """Return what was counted so far, as ``metrics.jsonl`` holds it."""
        return {
            "samples": self.samples,
            "experiences": self.experiences,
            "left_out": {reason: n for reason, n in sorted(self.left_out.items()) if n},
            "unscored": self.unscored,
            "guarded_left_out": self.guarded_left_out,
        }

    def play(self, policy_step: int) -> Round:
        """Play a round with the current weights. Each problem comes once before any comes again."""
        return self.finish(self.begin(policy_step))

    def begin(self, policy_step: int) -> PendingRound:
        """Write the samples of a round; some may still be at the executor."""
        config = self._config
        seed = derive_seed(config.seed, "round", self.played)
        start = partial(self._rollouts.start, seed=seed, policy_step=policy_step)
        greedily = Sampling(temperature=0.0, max_new_tokens=config.max_new_tokens)
        freely = Sampling(config.temperature, config.top_p, config.max_new_tokens)
        problems = self._next_problems()
        greedy = start(problems, sampling=greedily, copies=1)
        if config.candidates_per_round is not None:
            unsolved = [scored for (scored,) in greedy.result() if not self._is_solved(scored)]
            problems = [each.judged.problem for each in unsolved[: config.problems_per_round]]
        samples = start(problems, sampling=freely, copies=config.samples_per_problem)
        return PendingRound(greedy, [problem.task_id for problem in problems], samples)

    def finish(self, pending: PendingRound) -> Round:
        """Wait for the verdicts of a round that was begun, and return what it teaches."""
        kept = self._lessons.kept
        greedy = [kept(scored) for (scored,) in pending.greedy.result()]
        baselines = {scored.sample.task_id: scored for scored in greedy}
        groups = [[kept(scored) for scored in group] for group in pending.samples.result()]
        pairs = [
            (group, baselines[task_id])
            for task_id, group in zip(pending.sampled, groups, strict=True)
        ]
        with self._stopwatch.measure("update"):
            return self.counted(self._lessons.round_of(pairs, greedy))

    def _is_solved(self, scored: ScoredSample) -> bool:
        return self._lessons.kept(scored).verdict.passed

    def counted(self, played: Round) -> Round:
        """Count the programs of a round; raise :class:`RunError` if none of them can be used."""
        programs = [*played.greedy, *played.samples]
        left_out = list(filter(self._lessons.is_left_out, programs))
        unscored = [each for each in programs if each.verdict.status == "unscored"]
        if left_out and len(unscored) + len(left_out) == len(programs):
            raise RunError(
                f"all {len(left_out)} programs of a round that could be judged were judged guarded "
                f"({left_out[0].verdict.judging_reason}); --set train_on_guarded=true trains on them"
            )
        if len(unscored) == len(programs):
            raise RunError(
                f"none of the {len(programs)} programs of a round could be judged: "
                f"{programs[0].verdict.reason}; rltf doctor shows what the sandbox can do"
            )
        self.played += 1
        self.samples += len(programs)
        self.experiences += len(played.experiences)
        self.left_out.update(played.left_out)
        self.unscored += len(unscored)
        self.guarded_left_out += played.left_out.get("guarded", 0)
        return played

    def _next_problems(self) -> list[Problem]:
        count = self._config.candidates_per_round or self._config.problems_per_round
        chosen = shuffled_indices(
            len(self._problems), self.played * count, count, self._config.seed, "problems"
        )
        # Where one pass ends and the next begins, a problem may be drawn twice.
        return [self._problems[index] for index in dict.fromkeys(chosen)]

    def state_dict(self) -> dict[str, Any]:
        """Return counters, baselines and the objective's state for a checkpoint."""
        return {
            "played": self.played,
            "samples": self.samples,
            "experiences": self.experiences,
            "left_out": dict(self.left_out),
            "unscored": self.unscored,
            "guarded_left_out": self.guarded_left_out,
            **self._lessons.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        self._lessons.load_state_dict(state)
        self.played, self.samples, self.unscored = (
            state["played"],
            state["samples"],
            state["unscored"],
        )
        # older checkpoints lack these
        self.guarded_left_out = state.get("guarded_left_out", 0)
        self.experiences = state.get("experiences", 0)
        self.left_out = Counter(state.get("left_out", {}))


class Supply:
    """Draw experiences for steps, and play rounds when they are due.

    A round that is due is begun before a step and collected after it, so that the sandbox judges
    while the policy is updated: a step never trains on samples of its own round, unless the buffer
    has nothing else.

    Args:
        say: Shows a line to the user.
    """

    def __init__(
        self, config: Config, rounds: Rounds, folder: RunFolder, say: Callable[[str], None]
    ) -> None:
        self._config = config
        self._rounds = rounds
        self._folder = folder
        self._say = say
        self._warnings = RoundWarnings()
        offline = config.samples is not None
        self.buffer = Buffer(None if offline else config.buffer_size, config.seed)
        self.unreported: dict[str, Any] | None = None
        """The figures of a round that no line of ``metrics.jsonl`` holds yet."""
        self.taught = ""
        """How many samples of the last round became experiences."""

    @property
    def rounds_to_begin_with(self) -> int:
        """Number of rounds before the first step.

        A buffer that is refreshed as soon as it has been used begins with one, when it is due.
        """
        config = self._config
        if config.samples is not None or not config.refresh_every:
            return 0
        in_a_round = config.problems_per_round * config.samples_per_problem
        return math.ceil(config.buffer_start * config.buffer_size / in_a_round)

    def prepare(self, step: int) -> PendingRound | None:
        """Begin the round that is due in a step; play one that the step cannot do without."""
        config = self._config
        if config.samples is not None:
            return None
        if config.refresh_every == 0:
            if self.buffer.used_up:
                self.play(step)
            is_due = self.buffer.is_last_draw(config.batch_size)
            return self._rounds.begin(step) if is_due else None
        if step % config.refresh_every or self.unreported is not None:
            return None
        if len(self.buffer):
            return self._rounds.begin(step)
        self.play(step)
        return None

    def draw(self) -> list[Experience]:
        """Return the experiences of a step."""
        count = self._config.batch_size
        if self._config.refresh_every or self._config.samples is not None:
            return self.buffer.draw(count)
        return self.buffer.draw_of_pass(count)

    def play(self, step: int) -> Round:
        """Play a whole round, and put what it teaches into the buffer."""
        return self._keep(self._rounds.play(step), step)

    def collect(self, pending: PendingRound, step: int) -> Round:
        """Put what a round that was begun teaches into the buffer."""
        return self._keep(self._rounds.finish(pending), step)

    def _keep(self, played: Round, step: int) -> Round:
        """Add a round, and play more while too few problems teach something."""
        self.add(played)
        taught = played.problems_taught
        for _ in range(self._config.extra_rounds):
            if taught >= self._config.problems_per_round:
                break
            played = self.add(self._rounds.play(step))
            taught += played.problems_taught
        return played

    def add(self, played: Round) -> Round:
        """Put what a round teaches into the buffer, and its lines into the run's folder."""
        self.taught = f"{len(played.experiences)} of {len(played.samples)} samples"
        for warning in self._warnings.of(played):
            self._say(f"warning: {warning}")
        self.buffer.add(played.experiences, written=len(played.samples))
        self._folder.samples.append(played.lines())
        self.unreported = played.metrics()
        return played
