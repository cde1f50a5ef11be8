"""Failures of rewards and classifiers: named in warnings, counted, and never trained on."""

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

MAX_WARNINGS = 10
"""How many failures of one plugin are warned of; further ones are only counted."""
MAX_CONSECUTIVE = 3
"""After so many equal failures in a row, a plugin counts as broken."""
SLOW_SECONDS = 2.0
"""CPU time of one call after which a plugin is slow. Wall time depends on the machine's load."""

_CALLERS = {str(Path(__file__)), str(Path(__file__).with_name("scorer.py"))}

T = TypeVar("T")


class ContractBroken(ValueError):
    """A plugin broke its contract; the message continues a sentence that begins with its name."""


class Failures:
    """Calls plugins and counts their failures. Not safe for use by several threads at a time."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """Plugin, such as ``reward 'fine'``, to the number of its failures."""
        self._consecutive: dict[str, tuple[type[BaseException], int]] = {}
        """Plugin to the type of its last error, and how often in a row that occurred."""
        self._slow: set[str] = set()
        self._lasting: str | None = None
        self.last: dict[str, str] = {}
        """Plugin to a description of its last failure."""

    def guard(self, plugin: str, code: object, sample: Sample, call: Callable[[], T]) -> T | None:
        """Return the result of a call to a plugin; if it fails, warn and return ``None``.

        Args:
            plugin: kind and name, as messages show them.
            code: the plugin itself; messages name its file and line.
        """
        started = time.thread_time()
        try:
            result = call()
        except (Exception, SystemExit) as error:
            self._failed(plugin, code, sample, error)
            return None
        self._consecutive.pop(plugin, None)
        seconds = time.thread_time() - started
        if seconds > SLOW_SECONDS and plugin not in self._slow:
            self._slow.add(plugin)
            _warn(f"{plugin} took {seconds:.1f} s of CPU time for {_name(sample)}")
        return result

    def check(self) -> None:
        """Raise :class:`LastingFailure` if a plugin failed in the same way on samples in a row."""
        if self._lasting is not None:
            raise LastingFailure(self._lasting)

    def _failed(self, plugin: str, code: object, sample: Sample, error: BaseException) -> None:
        self.counts[plugin] += 1
        last_type, times = self._consecutive.get(plugin, (type(error), 0))
        times = times + 1 if last_type is type(error) else 1
        self._consecutive[plugin] = type(error), times
        message = " ".join(f"{type(error).__name__}: {error}".split())
        fault = str(error) if isinstance(error, ContractBroken) else f"raises {message}"
        sentence = f"{plugin}: {_name(sample)} {fault}{_location(code, error)}"
        self.last[plugin] = sentence
        if times >= MAX_CONSECUTIVE:
            self._lasting = self._lasting or (
                f"{plugin} failed on {MAX_CONSECUTIVE} samples in a row; {sentence}; fix the plugin, or "
                "run without it"
            )
        if self.counts[plugin] <= MAX_WARNINGS:
            more = (
                "; more failures of it are only counted"
                if self.counts[plugin] == MAX_WARNINGS
                else ""
            )
            _warn(f"{sentence}; the sample has no value{more}")


def _location(code: object, error: BaseException) -> str:
    """Return where a plugin failed: the line that raised, or the plugin's first line, if known."""
    lines = _lines(error.__traceback__)
    plugin_lines = [(file, line) for file, line in lines if file not in _CALLERS]
    if isinstance(error, ContractBroken) or not plugin_lines:
        is_function = inspect.isroutine(code)
        function = code if is_function else inspect.getattr_static(type(code), "__call__", None)
        defined = getattr(function, "__code__", None)
        return f" ({defined.co_filename}, line {defined.co_firstlineno})" if defined else ""
    plugin_file = plugin_lines[0][0]
    line = [line for file, line in plugin_lines if file == plugin_file][-1]
    return f" ({plugin_file}, line {line})"


def _lines(trace: TracebackType | None) -> list[tuple[str, int]]:
    lines = []
    while trace is not None:
        lines.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return lines


def _name(sample: Sample) -> str:
    return f"sample {sample.index} of {sample.task_id!r}"


def _warn(message: str) -> None:
    warnings.warn(message, PluginWarning, stacklevel=2)
