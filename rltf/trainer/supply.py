"""The supply of experiences: rounds that keep the buffer filled, and what is said about them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rltf.trainer.buffer import Buffer, Experience
from rltf.trainer.config import Config
from rltf.trainer.lessons import Round
from rltf.trainer.round_report import RoundWarnings
from rltf.trainer.run_folder import RunFolder
from rltf.trainer.sampling_round import PendingRound, Rounds


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
        self.taught = f"{len(played.experiences)}/{len(played.samples)}"
        for warning in self._warnings.of(played):
            self._say(f"warning: {warning}")
        self.buffer.add(played.experiences, written=len(played.samples))
        self._folder.samples.append(played.lines())
        self.unreported = played.metrics()
        return played
