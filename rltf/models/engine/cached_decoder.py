"""Rows of a known network, in a cache that is allocated once and refilled.

Each different prompt is read once and copied to the rows that complete it; what all prompts begin
with is read once for all. A row that has ended is given the next prompt while the others go on.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence

import torch
from torch import Tensor

from rltf.models.engine.attention import KeyValueCache, Memory, Reading, Stepping
from rltf.models.engine.compiled import CompiledStep, is_compiled
from rltf.models.engine.network import Network
from rltf.models.padding import pad

LEAST_SHARED = 16
"""Number of ids from which on a beginning that all prompts share is read by itself."""
READ_TOGETHER = 4096
"""Most ids, padding included, of prompts that are read together."""

Prompt = tuple[int, ...]


class CachedDecoder:
    """See :class:`rltf.models.engine.Rows`."""

    refills = True

    def __init__(
        self,
        network: Network,
        prompts: Sequence[Prompt],
        rows: int,
        new_ids: int,
        device: torch.device,
    ) -> None:
        self._network = network
        self._device = device
        # a GPU's autocast is for the training forward: the network has its own precision
        self._precision = torch.autocast(device.type, enabled=False)
        longest = max(map(len, prompts))
        self._memory: Memory | None = None
        if network.encode is not None:
            self._memory = Memory(self._new_cache(rows, longest), network.heads, network.scale)
            longest = 1  # the start id
        columns = longest + new_ids
        bias = network.distance_bias(columns) if network.distance_bias is not None else None
        if network.rotation is not None:
            network.rotation.reach(columns)
        self._cache = self._new_cache(rows, columns)
        self._stepping = Stepping(self._cache, network.heads, network.scale, bias, self._memory)
        self._stepping.begin(torch.zeros(rows, dtype=torch.long, device=device))
        self._compiled = (
            CompiledStep(network, self._cache, bias, self._memory) if is_compiled(network) else None
        )
        self._latest: tuple[Prompt, int, Tensor] | None = None
        """The prompt that was started last, its row and its logits (1, V)."""
        self._shared, self._shared_cache = self._read_shared(prompts)

    def start(self, prompts: Sequence[Prompt], rows: Sequence[int]) -> Tensor:
        """See :class:`rltf.models.engine.Rows`."""
        homes: dict[Prompt, int] = {}
        logits: dict[Prompt, Tensor] = {}
        pairs = list(zip(prompts, rows, strict=True))
        if self._latest is not None and self._latest[0] in prompts:
            prompt, home, logits[prompt] = self._latest
            self._copy([(home, row, prompt) for each, row in pairs if each == prompt])
        for prompt, row in pairs:
            if prompt not in logits:
                homes.setdefault(prompt, row)
        for together in _chunks(list(homes)):
            read = self._read(together, [homes[prompt] for prompt in together])
            logits |= zip(together, read.split(1), strict=True)
        self._copy([(homes[prompt], row, prompt) for prompt, row in pairs if prompt in homes])
        self._latest = (prompts[-1], rows[-1], logits[prompts[-1]])
        positions = self._stepping.positions.clone()
        positions[self._tensor(rows)] = self._tensor([self._length(each) for each in prompts])
        self._stepping.begin(positions)
        return torch.cat([logits[prompt] for prompt in prompts])

    def prepare(self) -> Hashable:
        """See :class:`rltf.models.engine.Rows`."""
        self._stepping.make_room()
        return self._stepping.shape

    def step(self, ids: Tensor, live: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.Rows`."""
        stepping = self._stepping
        if self._compiled is not None:
            logits = self._compiled(ids, stepping.positions)
            stepping.advance(live)
            return logits
        with self._precision:
            stepping.share()
            positions = stepping.positions.unsqueeze(1)
            hidden = self._network.hidden(ids.unsqueeze(1), positions, stepping)
            stepping.advance(live)
            return self._network.logits(hidden.squeeze(1))

    def keep(self, rows: Tensor) -> None:
        """See :class:`rltf.models.engine.Rows`."""
        self._latest = None
        self._cache.keep(rows, self._stepping.width)
        if self._memory is not None:
            self._memory.keep(rows)
        self._stepping.begin(self._stepping.positions[rows])

    def _length(self, prompt: Prompt) -> int:
        """Return how many columns a prompt takes."""
        return len(prompt) if self._memory is None else 1

    def _read(self, prompts: Sequence[Prompt], rows: Sequence[int]) -> Tensor:
        """Read different prompts into these rows; return logits (N, V) of what follows."""
        places = self._tensor(rows)
        if self._memory is not None:
            self._encode(prompts, places)
            prompts = [(self._network.start_id,)] * len(prompts)
        return self._read_ids(prompts, places, self._cache, self._shared)

    def _read_ids(
        self, prompts: Sequence[Prompt], rows: Tensor, cache: KeyValueCache, shared: int
    ) -> Tensor:
        network = self._network
        prompts = [prompt[shared:] for prompt in prompts]
        ids, _ = pad(prompts, side="right", device=self._device)
        # padding stands behind the causal mask, and in columns that are hidden until written to
        positions = torch.arange(shared, shared + ids.shape[1], device=self._device)
        before = self._shared_cache if shared else None
        reading = Reading(cache, rows, network.heads, network.scale, before, self._memory)
        last = self._tensor([len(prompt) - 1 for prompt in prompts])
        with self._precision:
            hidden = network.hidden(ids, positions.expand(len(ids), -1), reading)
            return network.logits(hidden[torch.arange(len(ids), device=self._device), last])

    def _encode(self, prompts: Sequence[Prompt], rows: Tensor) -> None:
        network = self._network
        assert network.encode is not None
        assert self._memory is not None
        ids, mask = pad(prompts, side="right", device=self._device)
        memory = network.encode(ids, mask)  # (N, P, E)
        for number, layer in enumerate(network.layers):
            assert layer.memory is not None
            heads = layer.memory.keys_values(memory).unflatten(-1, (-1, network.heads.width))
            self._memory.write(number, rows, heads)
        self._memory.show(rows, mask.sum(dim=1))

    def _read_shared(self, prompts: Sequence[Prompt]) -> tuple[int, KeyValueCache | None]:
        """Read what all prompts begin with; return its length and its cache of one row."""
        first, last = min(prompts), max(prompts)  # what these two share, all share
        pairs = zip(first, last, strict=False)
        shared = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
        shared = min(shared, min(map(len, prompts)) - 1)
        if first == last or shared < LEAST_SHARED or self._memory is not None:
            return 0, None
        cache = self._new_cache(1, shared)
        self._read_ids([first[:shared]], self._tensor([0]), cache, 0)
        return shared, cache

    def _copy(self, copies: Sequence[tuple[int, int, Prompt]]) -> None:
        """Copy prompts from row to row: (from, to, prompt)."""
        copies = [copy for copy in copies if copy[0] != copy[1]]
        if not copies:
            return
        sources = self._tensor([source for source, _, _ in copies])
        targets = self._tensor([target for _, target, _ in copies])
        self._cache.copy(sources, targets, max(self._length(prompt) for *_, prompt in copies))
        if self._memory is not None:
            self._memory.copy(sources, targets)

    def _new_cache(self, rows: int, columns: int) -> KeyValueCache:
        network = self._network
        layers = len(network.layers)
        return KeyValueCache(layers, rows, columns, network.heads, network.dtype, self._device)

    def _tensor(self, numbers: Sequence[int]) -> Tensor:
        return torch.tensor(numbers, device=self._device)


def _chunks(prompts: Sequence[Prompt]) -> Iterator[Sequence[Prompt]]:
    """Cut prompts into lists that are read together."""
    chunk: list[Prompt] = []
    for prompt in prompts:
        longest = max(len(prompt), *map(len, chunk)) if chunk else len(prompt)
        if chunk and longest * (len(chunk) + 1) > READ_TOGETHER:
            yield chunk
            chunk = []
        chunk.append(prompt)
    if chunk:
        yield chunk
