"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere.

It goes to standard error, so that standard output holds results alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tqdm import tqdm

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Show how far a command is, one phase after the other."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None

    def note(self, text: str) -> None:
        """Print a line, above the bar if there is one."""
        line = f"rltf: {text}"
        if self._bar is None:
            print(line, file=sys.stderr, flush=True)
        else:
            self._bar.write(line, file=sys.stderr)

    def phase(self, unit: str, total: int, *, name: str = "", done: int = 0) -> None:
        """Begin to count units such as steps, of which ``done`` were counted earlier."""
        self.close()
        self._unit, self._total, self._name, self._done = unit, total, name, done
        self._first = done
        self._started = self._last_line = time.monotonic()
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=total,
                initial=done,
                desc=name or None,
                unit=f" {unit}",
                file=sys.stderr,
                dynamic_ncols=True,
            )

    def step(self, **figures: str) -> None:
        """Count a unit, and show figures by name; an underscore in a name is shown as a space."""
        self._done += 1
        shown = {name.replace("_", " "): text for name, text in figures.items()}
        if self._bar is not None:
            self._bar.set_postfix(shown, refresh=False)
            self._bar.update()
            return
        now = time.monotonic()
        if now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            rate = (self._done - self._first) / max(now - self._started, 1e-9)
            count = f"{self._name} {self._done} of {self._total} {self._unit}".lstrip()
            left = duration((self._total - self._done) / rate)
            words = [f"{count}, {rate:.{0 if rate >= 1 else 2}f} a second, {left} left"]
            self.note("  ".join(words + [f"{name} {text}" for name, text in shown.items()]))

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def duration(seconds: float) -> str:
    """Return a duration in the unit that suits it, such as ``40 s``, ``12 min`` or ``3.5 h``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def progress(items: Iterable[T], *, total: int, unit: str) -> Iterator[T]:
    """Yield the items, and show how many have come."""
    shown = Progress()
    shown.phase(unit, total)
    try:
        for item in items:
            yield item
            shown.step()
    finally:
        shown.close()


_BLOCKS, _ASCII = "▁▂▃▄▅▆▇█", "_.-=+*#@"
_MOST_COLUMNS = 40


def sparkline(values: Sequence[float], encoding: str) -> str:
    """Return a curve of some numbers, a character each, from the least to the greatest.

    Many numbers become the means of neighbours. An output that cannot show blocks gets ASCII.
    """
    size = -(-len(values) // _MOST_COLUMNS)
    parts = [values[start : start + size] for start in range(0, len(values), size)]
    means = [sum(part) / len(part) for part in parts]
    low, span = min(means), max(means) - min(means)
    levels = [round((mean - low) / span * (len(_BLOCKS) - 1)) if span else 0 for mean in means]
    return "".join(_blocks(encoding)[level] for level in levels)


def bar(share: float, columns: int, encoding: str) -> str:
    """Return a bar that fills a share, between 0 and 1, of some columns."""
    full = _blocks(encoding)[-1]
    return (full * max(round(share * columns), share > 0)).ljust(columns)


def _blocks(encoding: str) -> str:
    try:
        _BLOCKS.encode(encoding)
    except (UnicodeError, LookupError):
        return _ASCII
    return _BLOCKS
