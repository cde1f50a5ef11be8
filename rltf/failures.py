"""Failures of the plugins that read verdicts: named, counted, and no ground for training."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from rltf.manager import PluginWarning
from rltf.sample import Sample

NAMED = 10
"""Failures of one plugin that are told one by one; more are only counted."""
IN_A_ROW = 3
SLOW_SECONDS = 2.0

T = TypeVar("T")


class LastingFailure(RuntimeError):
    """A plugin fails sample after sample in the same way; the message names it."""


class Failures:
    """Calls plugins, and remembers which failed. For one thread at a time."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """Plugin, as in ``reward 'fine'``, to its failures."""
        self._row: dict[str, tuple[type[BaseException], int]] = {}
        """Plugin to its last error's type, and how often in a row it came."""
        self._slow: set[str] = set()
        self._lasting: str | None = None

    def guard(self, plugin: str, sample: Sample, call: Callable[[], T]) -> T | None:
        """The result of a call to a plugin; ``None`` and a warning where it fails."""
        started = time.perf_counter()
        try:
            result = call()
        except (Exception, SystemExit) as error:
            self._failed(plugin, sample, error)
            return None
        self._row.pop(plugin, None)
        seconds = time.perf_counter() - started
        if seconds > SLOW_SECONDS and plugin not in self._slow:
            self._slow.add(plugin)
            _warn(f"{plugin} took {seconds:.1f} seconds for {_name(sample)}")
        return result

    def check(self) -> None:
        """Raise :class:`LastingFailure` where a plugin failed on samples in a row, in one way."""
        if self._lasting is not None:
            raise LastingFailure(self._lasting)

    def _failed(self, plugin: str, sample: Sample, error: BaseException) -> None:
        self.counts[plugin] += 1
        kind, times = self._row.get(plugin, (type(error), 0))
        times = times + 1 if kind is type(error) else 1
        self._row[plugin] = type(error), times
        told = " ".join(f"{type(error).__name__}: {error}".split())
        if times >= IN_A_ROW:
            self._lasting = self._lasting or (
                f"{plugin} failed on {IN_A_ROW} samples in a row, the last {_name(sample)}: {told}; "
                "mend the plugin, or go on without it"
            )
        if self.counts[plugin] <= NAMED:
            more = "; more failures of it are only counted" if self.counts[plugin] == NAMED else ""
            _warn(f"{plugin} failed on {_name(sample)} and gave no value: {told}{more}")


def _name(sample: Sample) -> str:
    return f"sample {sample.index} of {sample.task_id!r}"


def _warn(message: str) -> None:
    warnings.warn(message, PluginWarning, stacklevel=2)
