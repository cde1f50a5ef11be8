"""What the rows in flight have written, on the device.

A step works in place, without waiting for the device, so that it can be captured as a CUDA graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from rltf.models.engine import compiled
from rltf.models.padding import pad
from rltf.models.token_sampling import Draws, choose, signed
from rltf.sampling_options import Sampling

FREE = -1
"""In place of an id that a row has to write: none."""


@dataclass
class RowsState:
    """B rows that write up to T ids each."""

    seeds: Tensor
    """(B,)"""
    ids: Tensor
    """(B,) the latest."""
    steps: Tensor
    """(B,) number of ids written."""
    live: Tensor
    """(B,) whether the row goes on."""
    forced: Tensor
    """(B,) the id that the row has to write next, or ``FREE``."""
    written: Tensor
    """(B, T + 1); a row that has ended writes behind its ids."""
    log_probs: Tensor
    """(B, T + 1)"""
    begun: Tensor
    """(B, G + 1) the ids to begin with, ``FREE`` behind them."""

    @classmethod
    def empty(cls, rows: int, most: int, begun: int, device: torch.device) -> RowsState:
        """Return the state of rows that have not begun."""
        one = torch.zeros(rows, dtype=torch.long, device=device)
        written = one.new_zeros(rows, most + 1)
        return cls(
            seeds=one,
            ids=one.clone(),
            steps=one.clone(),
            live=one.bool(),
            forced=one.clone(),
            written=written,
            log_probs=written.float(),
            begun=one.new_zeros(rows, begun + 1),
        )

    def begin(self, rows: Tensor, seeds: Sequence[int], begun: Sequence[Sequence[int]]) -> None:
        """Begin anew in these rows."""
        self.seeds[rows] = torch.tensor([signed(seed) for seed in seeds], device=rows.device)
        self.steps[rows] = 0
        self.live[rows] = True
        ids, present = pad(begun, side="right", device=rows.device)
        self.begun[rows] = FREE
        self.begun[rows, : ids.shape[1]] = ids.masked_fill(present == 0, FREE)
        self.forced[rows] = self.begun[rows, 0]

    def write(self, logits: Tensor, sampling: Sampling, ends: Tensor) -> None:
        """Choose the next ids by logits (B, V), and see which rows have ended with one of ``ends``."""
        if compiled.is_supported(logits.device):
            most = sampling.max_new_tokens
            compiled.write(self, logits, sampling.temperature, sampling.top_p, ends, most)
            return
        draws = Draws(self.seeds, self.steps)
        ids, log_probs = choose(logits, sampling, draws, self.forced)
        column = self.steps.unsqueeze(1)
        self.written.scatter_(1, column, ids.unsqueeze(1))
        self.log_probs.scatter_(1, column, log_probs.unsqueeze(1))
        self.ids.copy_(ids)
        self.steps += self.live
        self.live &= (ids.unsqueeze(1) != ends).all(1)
        self.live &= self.steps < sampling.max_new_tokens
        last = self.begun.shape[1] - 1
        if last:
            column = self.steps.clamp(max=last).unsqueeze(1)
            self.forced.copy_(self.begun.gather(1, column).squeeze(1))
        else:
            self.forced.fill_(FREE)

    def select(self, rows: Tensor) -> RowsState:
        """Return these rows; a copy."""
        return RowsState(*(getattr(self, each.name)[rows] for each in fields(self)))

    def put(self, rows: Tensor, state: RowsState) -> None:
        """Replace these rows."""
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(state, each.name)
