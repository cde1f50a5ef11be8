"""How far a run is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Writes to standard error, so that standard output holds results alone."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._bar: tqdm[None] | None = None
        self._last_line = 0.0

    def note(self, text: str) -> None:
        """Say something once."""
        tqdm.write(f"rltf: {text}", file=sys.stderr)

    def phase(self, name: str, total: int, done: int = 0) -> None:
        """Begin to count steps of a phase, of which ``done`` were taken earlier."""
        self.close()
        self._name, self._total, self._done = name, total, done
        self._last_line = time.monotonic()
        if self._terminal:
            self._bar = tqdm(total=total, initial=done, desc=name, unit="step", file=sys.stderr)

    def step(self, **figures: float | None) -> None:
        """One step more, with what is worth seeing of it."""
        self._done += 1
        shown = {name: f"{value:.3f}" for name, value in figures.items() if value is not None}
        if self._bar is not None:
            self._bar.set_postfix(shown, refresh=False)
            self._bar.update()
        elif time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            words = "  ".join(f"{name} {value}" for name, value in shown.items())
            self.note(f"{self._name} {self._done}/{self._total}  {words}")

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
