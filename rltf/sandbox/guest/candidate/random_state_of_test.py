"""The state of generators that a test has seeded: see ``judge/random_state.py``."""

from __future__ import annotations

import random

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


class RandomState:
    """Goes on where the test is, and tells how far the program has drawn."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def take(self, states: Any) -> None:
        for name, state in states:
            self._known[name] = state
            if name == "random":
                random.setstate(state)
            else:
                import numpy

                kind, key, *rest = state
                numpy.random.set_state((kind, numpy.array(key, dtype="uint32"), *rest))

    def events(self) -> tuple[Any, ...] | None:
        """Return the states that have changed since the last call, or ``None``."""
        changed = []
        for name, known in self._known.items():
            state = random.getstate() if name == "random" else _numpy_state()
            if state != known:
                self._known[name] = state
                changed.append((name, state))
        return (tuple(changed),) if changed else None


def _numpy_state() -> tuple[Any, ...]:
    import numpy

    state: Any = numpy.random.get_state()
    kind, key, *rest = state
    return (kind, tuple(key.tolist()), *rest)
