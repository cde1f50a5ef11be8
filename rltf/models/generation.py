"""The generation engine: token ids in, token ids out, over the weights that are being trained.

It knows nothing about text. Prompts wait in the order of their length; ``batch_size`` of them are
in flight, and the rows that end make room for those that wait (``rltf.models.engine``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import torch
from torch import Tensor

from rltf.common.seeds import derive_seed
from rltf.models.engine import Rows, open_rows
from rltf.models.padding import pad
from rltf.models.stop_strings import Stops
from rltf.models.token_sampling import Draws, choose, signed, token_log_probs
from rltf.sampling_options import Sampling

LIVE_SHARE_BEFORE_REFILL = 7 / 8
"""Rows are refilled or dropped when an eighth of them has ended: both take time for each time."""


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


@dataclass
class _State:
    """What B rows in flight have written, on the device."""

    seeds: Tensor
    """(B,)"""
    ids: Tensor
    """(B,) the latest."""
    steps: Tensor
    """(B,) number of ids written."""
    live: Tensor
    """(B,) whether the row goes on."""
    closing: Tensor
    """(B,) whether the row came to a stop string, so that the end id follows."""
    written: Tensor
    """(B, T + 1); a row that has ended writes behind its ids."""
    log_probs: Tensor
    """(B, T + 1)"""
    begun: Tensor
    """(B, G) the ids to begin with, -1 where a row has none."""

    @classmethod
    def empty(cls, rows: int, most: int, begun: int, device: torch.device) -> _State:
        """Return the state of rows that have not begun."""
        one = torch.zeros(rows, dtype=torch.long, device=device)
        no = one.bool()
        written = one.new_zeros(rows, most + 1)
        return cls(
            one, one.clone(), one.clone(), no, no.clone(), written, written.float(),
            one.new_zeros(rows, begun),
        )  # fmt: skip

    def begin(self, rows: Tensor, seeds: Sequence[int], begun: Sequence[Sequence[int]]) -> None:
        """Begin anew in these rows."""
        self.seeds[rows] = torch.tensor([signed(seed) for seed in seeds], device=rows.device)
        self.steps[rows] = 0
        self.live[rows] = True
        self.closing[rows] = False
        if self.begun.shape[1]:
            ids, present = pad(begun, side="right", device=rows.device)
            self.begun[rows] = -1
            self.begun[rows, : ids.shape[1]] = ids.masked_fill(present == 0, -1)

    def keep(self, rows: Tensor) -> None:
        """Keep these rows."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name)[rows])


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
        self._state: _State  # made with the first rows

    def __bool__(self) -> bool:
        return bool(self._waiting) or (bool(self._tasks) and bool(self._state.live.any()))

    def go_on(self) -> list[tuple[int, GeneratedTokens]]:
        """Fill the rows, step until some of them have ended, and return what those wrote."""
        if self._tasks:
            self._refill()
        if not self._tasks:
            self._fill()
        state = self._state
        every = torch.arange(len(self._tasks), device=self._ends.device)
        while int(state.live.sum()) > LIVE_SHARE_BEFORE_REFILL * len(self._tasks):
            self._write(every, self._rows.step(state.ids, state.live))
        return self._ended()

    def _fill(self) -> None:
        """Start waiting tasks in fresh rows."""
        count = min(self._batch_size, len(self._waiting))
        most = self._sampling.max_new_tokens
        self._state = _State.empty(count, most, self._most_begun, self._ends.device)
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
            self._state.keep(places)

    def _start(self, rows: Sequence[int]) -> None:
        for row in rows:
            self._tasks[row] = self._waiting.popleft()
        tasks = [self._tasks[row] for row in rows]
        places = torch.tensor(rows, device=self._ends.device)
        self._state.begin(places, [task.seed for task in tasks], [task.begun for task in tasks])
        self._write(places, self._rows.start([task.prompt for task in tasks], rows))

    def _write(self, rows: Tensor, logits: Tensor) -> None:
        """Choose the next id of these rows (N,) by logits (N, V), and see which have ended."""
        state = self._state
        steps, live = state.steps[rows], state.live[rows]
        ids = choose(logits, self._sampling, Draws(state.seeds[rows], steps))
        if self._most_begun:
            begun = state.begun[rows, steps.clamp(max=self._most_begun - 1)]
            ids = torch.where((steps < self._most_begun) & (begun >= 0), begun, ids)
        ids = torch.where(state.closing[rows], self._ends[0], ids)
        state.written[rows, steps] = ids
        state.log_probs[rows, steps] = token_log_probs(logits, ids)
        state.ids[rows] = ids
        state.steps[rows] = steps + live
        ended = (ids.unsqueeze(1) == self._ends).any(1) | (
            steps + 1 >= self._sampling.max_new_tokens
        )
        state.live[rows] = live & ~ended
        if self._stops is not None:
            self._close_stopped(self._stops, rows, ids)

    def _close_stopped(self, stops: Stops, rows: Tensor, ids: Tensor) -> None:
        """Have the end id follow where a row has come to a stop string."""
        live = self._state.live[rows].tolist()
        pairs = [
            (row, i)
            for row, i, goes_on in zip(rows.tolist(), ids.tolist(), live, strict=True)
            if goes_on
        ]
        indices = [self._tasks[row].index for row, _ in pairs]
        reached = stops.reached(indices, [i for _, i in pairs])
        if any(reached):
            stopped = [row for (row, _), is_stop in zip(pairs, reached, strict=True) if is_stop]
            self._state.closing[torch.tensor(stopped, device=rows.device)] = True

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
