"""The generation engine: token ids in, token ids out, over the weights that are being trained.

It knows nothing about text. Prompts wait in the order of their length; ``batch_size`` of them are
in flight, and the rows that end make room for those that wait (``rltf.models.engine``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from rltf.common.seeds import derive_seed
from rltf.models.engine import Rows, open_rows
from rltf.models.engine.captured import StepRunner
from rltf.models.rows_state import RowsState
from rltf.models.stop_strings import Stops
from rltf.sampling_options import Sampling

LIVE_SHARE_BEFORE_REFILL = 7 / 8
"""Rows are refilled or dropped when an eighth of them has ended: both take time for each time."""

GPU_STRIDE = 8
"""Steps between two looks at which rows have ended: each look waits for the GPU."""


@dataclass(frozen=True)
class GeneratedTokens:
    """The ids that a model wrote after a prompt."""

    ids: tuple[int, ...]
    """(T,) sampled ids, the end id included; one also closes a row that came to a stop string."""
    truncated: bool
    """Whether the length limit came before an end id."""
    log_probs: tuple[float, ...] = field(default=(), compare=False, repr=False)
    """(T,) log-probability of each id, in float32, by the weights that wrote it: of all ids at
    temperature 1, whatever the sampling. Empty: not known."""


def generate(
    model: Any,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    *,
    end_id: int | Sequence[int],
    seed: int | Sequence[int],
    batch_size: int,
    stops: Stops | None = None,
    begun: Sequence[Sequence[int]] | None = None,
    dtype: torch.dtype | None = None,
) -> Iterator[list[tuple[int, GeneratedTokens]]]:
    """Complete each prompt once; give a prompt n times for n samples.

    Yield completions as they end, a few at a time as lists of (index of the prompt, completion), so
    that the caller can judge them while others are being written. ``batch_size`` prompts are
    completed at a time. The same seed gives the same completions; a prompt's draws depend on its
    seed (given, or made from ``seed`` and its index) and not on the prompts beside it, so that
    others change it by rounding only.

    Args:
        end_id: may name several ids that end a completion; the first closes completions that came
            to a stop string.
        stops: fresh stop strings.
        begun: ids that each completion has to begin with, no end id among them; they count as
            written.
        dtype: what the model computes in, where the engine knows its architecture; ``None``: in its
            own, bfloat16 on a GPU.
    """
    if not prompts:
        return
    wanted = [tuple(prompt) for prompt in prompts]
    order = sorted(range(len(wanted)), key=lambda index: (len(wanted[index]), wanted[index], index))
    end_ids = (end_id,) if isinstance(end_id, int) else tuple(end_id)
    seeds = [derive_seed(seed, i) for i in range(len(wanted))] if isinstance(seed, int) else seed
    most = min(batch_size, len(wanted))
    rows = open_rows(model, wanted, most, sampling.max_new_tokens, dtype)
    flight = _Flight(
        rows,
        [
            _Task(index, wanted[index], seeds[index], begun[index] if begun else ())
            for index in order
        ],
        sampling,
        end_ids,
        batch_size,
        stops,
        model.device,
    )
    # entered from yield to yield: the caller may compute gradients between two of them
    while flight:
        with torch.inference_mode():
            ended = flight.go_on()
        yield ended


@dataclass(frozen=True)
class _Task:
    """A completion to write."""

    index: int
    prompt: tuple[int, ...]
    seed: int
    begun: Sequence[int]


class _Flight:
    """Completions in flight, one in each row, and those that wait for a row; false at the end."""

    def __init__(
        self,
        rows: Rows,
        tasks: Sequence[_Task],
        sampling: Sampling,
        end_ids: Sequence[int],
        batch_size: int,
        stops: Stops | None,
        device: torch.device,
    ) -> None:
        self._rows = rows
        self._sampling = sampling
        self._end_ids = frozenset(end_ids)
        self._batch_size = batch_size
        self._stops = stops
        self._waiting = deque(tasks)
        self._tasks: list[_Task] = []
        """What each row completes."""
        self._ends = torch.tensor(end_ids, device=device)  # (E,)
        self._most_begun = max(len(task.begun) for task in tasks)
        self._state: RowsState  # made with the first rows
        self._run = StepRunner(device)
        self._stride = GPU_STRIDE if device.type == "cuda" and stops is None else 1

    def __bool__(self) -> bool:
        return bool(self._waiting) or (bool(self._tasks) and bool(self._state.live.any()))

    def go_on(self) -> list[tuple[int, GeneratedTokens]]:
        """Fill the rows, step until some of them have ended, and return what those wrote."""
        if self._tasks:
            self._refill()
        if not self._tasks:
            self._fill()
        every = range(len(self._tasks))
        while int(self._state.live.sum()) > LIVE_SHARE_BEFORE_REFILL * len(every):
            for _ in range(self._stride):
                self._run(self._step, self._rows.prepare())
            self._close_stopped(every)
        return self._ended()

    def _step(self) -> None:
        """Let each row write an id; can be captured as a CUDA graph."""
        state = self._state
        state.write(self._rows.step(state.ids, state.live), self._sampling, self._ends)

    def _fill(self) -> None:
        """Start waiting tasks in fresh rows."""
        count = min(self._batch_size, len(self._waiting))
        most = self._sampling.max_new_tokens
        self._state = RowsState.empty(count, most, self._most_begun, self._ends.device)
        self._tasks = [self._waiting[0]] * count
        self._start(range(count))

    def _refill(self) -> None:
        """Start waiting tasks in the rows that have ended; drop those for which nothing waits."""
        live = self._state.live.tolist()
        free = [row for row, goes_on in enumerate(live) if not goes_on]
        started = free[: len(self._waiting)] if self._rows.refills else []
        if started:
            self._start(started)
        dropped = set(free[len(started) :])
        if not dropped:
            return
        kept = [row for row in range(len(live)) if row not in dropped]
        self._tasks = [self._tasks[row] for row in kept]
        if kept:
            places = torch.tensor(kept, device=self._ends.device)
            self._rows.keep(places)
            self._state = self._state.select(places)
            self._run.forget()

    def _start(self, rows: Sequence[int]) -> None:
        for row in rows:
            self._tasks[row] = self._waiting.popleft()
        tasks = [self._tasks[row] for row in rows]
        places = torch.tensor(rows, device=self._ends.device)
        self._state.begin(places, [task.seed for task in tasks], [task.begun for task in tasks])
        started = self._state.select(places)
        logits = self._rows.start([task.prompt for task in tasks], rows)
        started.write(logits, self._sampling, self._ends)
        self._state.put(places, started)
        self._close_stopped(rows)

    def _close_stopped(self, rows: Sequence[int]) -> None:
        """Have the end id follow where one of these rows has just come to a stop string."""
        if self._stops is None:
            return
        live, ids = self._state.live.tolist(), self._state.ids.tolist()
        goes_on = [row for row in rows if live[row]]
        indices = [self._tasks[row].index for row in goes_on]
        reached = self._stops.reached(indices, [ids[row] for row in goes_on])
        stopped = [row for row, is_stop in zip(goes_on, reached, strict=True) if is_stop]
        if stopped:
            self._state.forced[torch.tensor(stopped, device=self._ends.device)] = self._ends[0]

    def _ended(self) -> list[tuple[int, GeneratedTokens]]:
        """Return index and completion of each row that has ended."""
        state = self._state
        rows = (~state.live).nonzero().squeeze(1)
        return [
            (self._tasks[row].index, self._completion(ids[:length], log_probs[:length]))
            for row, length, ids, log_probs in zip(
                rows.tolist(),
                state.steps[rows].tolist(),
                state.written[rows].tolist(),
                state.log_probs[rows].tolist(),
                strict=True,
            )
        ]

    def _completion(self, ids: list[int], log_probs: list[float]) -> GeneratedTokens:
        return GeneratedTokens(tuple(ids), ids[-1] not in self._end_ids, tuple(log_probs))
