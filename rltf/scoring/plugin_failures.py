"""Failures of the plugins that read verdicts: named, counted, and no ground for training."""

from __future__ import annotations

import inspect
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from rltf.errors import LastingFailure as LastingFailure
from rltf.errors import PluginWarning
from rltf.sample import Sample

NAMED = 10
"""Failures of one plugin that are told one by one; more are only counted."""
MAX_CONSECUTIVE = 3
SLOW_SECONDS = 2.0

_CALLERS = {str(Path(__file__)), str(Path(__file__).with_name("scorer.py"))}

T = TypeVar("T")


class ContractBroken(ValueError):
    """A plugin gave what its contract does not allow; the message is the end of a sentence about it."""


class Failures:
    """Calls plugins, and remembers which failed. For one thread at a time."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """Plugin, as in ``reward 'fine'``, to its failures."""
        self._row: dict[str, tuple[type[BaseException], int]] = {}
        """Plugin to its last error's type, and how often in a row it came."""
        self._slow: set[str] = set()
        self._lasting: str | None = None
        self.last: dict[str, str] = {}
        """Plugin to a sentence about its last failure."""

    def guard(self, plugin: str, code: object, sample: Sample, call: Callable[[], T]) -> T | None:
        """The result of a call to a plugin; ``None`` and a warning where it fails.

        Args:
            plugin: kind and name, for messages.
            code: the plugin itself, whose file and line messages name.
        """
        started = time.perf_counter()
        try:
            result = call()
        except (Exception, SystemExit) as error:
            self._failed(plugin, code, sample, error)
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

    def _failed(self, plugin: str, code: object, sample: Sample, error: BaseException) -> None:
        self.counts[plugin] += 1
        kind, times = self._row.get(plugin, (type(error), 0))
        times = times + 1 if kind is type(error) else 1
        self._row[plugin] = type(error), times
        told = " ".join(f"{type(error).__name__}: {error}".split())
        what = str(error) if isinstance(error, ContractBroken) else f"raises {told}"
        sentence = self.last[plugin] = f"{plugin}: {_name(sample)} {what}{_place(code, error)}"
        if times >= MAX_CONSECUTIVE:
            self._lasting = self._lasting or (
                f"{plugin} failed on {MAX_CONSECUTIVE} samples in a row; {sentence}; fix the plugin, or "
                "run without it"
            )
        if self.counts[plugin] <= NAMED:
            more = "; more failures of it are only counted" if self.counts[plugin] == NAMED else ""
            _warn(f"{sentence}; the sample has no value{more}")


def _place(code: object, error: BaseException) -> str:
    """Where a plugin failed: the line that raised, or where the plugin begins; empty if unknown."""
    lines = _lines(error.__traceback__)
    own = [(file, line) for file, line in lines if file not in _CALLERS]
    if isinstance(error, ContractBroken) or not own:
        is_function = inspect.isroutine(code)
        function = code if is_function else inspect.getattr_static(type(code), "__call__", None)
        defined = getattr(function, "__code__", None)
        return f" ({defined.co_filename}, line {defined.co_firstlineno})" if defined else ""
    plugin_file = own[0][0]
    line = [line for file, line in own if file == plugin_file][-1]
    return f" ({plugin_file}, line {line})"


def _lines(trace: TracebackType | None) -> list[tuple[str, int]]:
    found = []
    while trace is not None:
        found.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return found


def _name(sample: Sample) -> str:
    return f"sample {sample.index} of {sample.task_id!r}"


def _warn(message: str) -> None:
    warnings.warn(message, PluginWarning, stacklevel=2)
