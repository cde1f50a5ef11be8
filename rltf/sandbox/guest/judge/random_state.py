"""The state of ``random`` and of numpy's global generator, once the test has seeded it itself.

Until then it comes from the secret (``shared/test_seed.py``), and the program never sees it. What
the program says about the state afterwards is believed only if it follows from the state before:
the program may have drawn from the stream, but it cannot choose what the test draws next.
"""

from __future__ import annotations

import random
import re
import sys
from typing import Any

_WORDS = 624
_MOST_BLOCKS = 5_000
"""Blocks of 624 words that a program may draw in one call so that the test goes on after them."""
_shared: Any = random._inst


class RandomState:
    """Tells the states of generators that the test has seeded."""

    def __init__(self, code: str) -> None:
        self._streams = [
            _Python(code),
            *([_Numpy(code)] if "numpy" in sys.modules else []),
        ]

    def news(self) -> Any:
        told = [(each.name, each.sent) for each in self._streams if each.has_changed()]
        return tuple(told) or None

    def hear(self, states: Any) -> None:
        for name, state in states:
            stream = next((each for each in self._streams if each.name == name), None)
            if stream is None or type(state) is not tuple:
                raise ValueError("no state")
            stream.follow(state)

    def reset(self) -> None:
        for stream in self._streams:
            stream.reset()


class _Stream:
    """A generator that test and program share in one process."""

    name = ""

    def __init__(self, code: str, module: Any) -> None:
        self.sent: Any = None
        """The state that both sides have."""
        self._code = code
        self._module = module
        self._own = {name: getattr(module, name) for name in self._wrapped()}
        self._first = self.state()
        self._is_public = False
        """Whether the state comes from a seed that the test has chosen."""
        self._public: set[Any] = set()
        for name, method in self._wrapped().items():
            setattr(module, name, method)

    def _wrapped(self) -> dict[str, Any]:
        return {"seed": self._seed}

    def state(self) -> Any:
        raise NotImplementedError

    def follow(self, state: tuple[Any, ...]) -> None:
        raise NotImplementedError

    def _seed(self, *args: Any, **kwargs: Any) -> None:
        seed = next(iter((*args, *kwargs.values())), None)
        is_written = re.search(rf"(?<!\w){re.escape(str(seed))}(?!\w)", self._code)
        # a seed that is not in the test's text may have been drawn with the secret one
        is_free = self._is_public or self.state() == self._first or is_written is not None
        self._own["seed"](*args, **kwargs)
        self._is_public = seed is not None and is_free
        self.sent = None

    def has_changed(self) -> bool:
        """Return whether the program must be told the state."""
        if not self._is_public:
            return False
        now = self.state()
        has_changed: bool = now != self.sent
        self.sent = now
        return has_changed

    def reset(self) -> None:
        for name, own in self._own.items():
            setattr(self._module, name, own)


class _Python(_Stream):
    """``random``."""

    name = "random"

    def __init__(self, code: str) -> None:
        super().__init__(code, random)

    def _wrapped(self) -> dict[str, Any]:
        return {"seed": self._seed, "getstate": self._get, "setstate": self._set}

    def state(self) -> Any:
        return _shared.getstate()

    def _get(self) -> Any:
        state = self.state()
        if self._is_public:
            self._public.add(hash(state))
        return state

    def _set(self, state: Any) -> None:
        self._own["setstate"](state)
        self._is_public = hash(state) in self._public
        self.sent = None

    def follow(self, state: tuple[Any, ...]) -> None:
        """Draw as many numbers as the program has, if that leads to this state."""
        if not self._is_public or len(state) != 3:
            raise ValueError("nothing was seeded")
        before = self.state()
        internal = state[1]
        is_whole = type(internal) is tuple and len(internal) == _WORDS + 1
        if is_whole and _drawn(internal, lambda: self.state()[1], _shared.getrandbits):
            if state[2] is None:
                _shared.gauss_next = None
        else:
            _shared.setstate(before)
        self.sent = self.state()


class _Numpy(_Stream):
    """numpy's global generator."""

    name = "numpy"

    def __init__(self, code: str) -> None:
        super().__init__(code, sys.modules["numpy"].random)

    def state(self) -> Any:
        kind, key, *rest = self._module.get_state()
        return (kind, tuple(key.tolist()), *rest)

    def _words(self) -> Any:
        _, key, position, *_ = self.state()
        return (*key, position)

    def follow(self, state: tuple[Any, ...]) -> None:
        """Draw as many numbers as the program has, if that leads to this state."""
        if not self._is_public or len(state) != 5:
            raise ValueError("nothing was seeded")
        before = self._module.get_state()
        _, key, position, *_ = state
        is_whole = type(key) is tuple and len(key) == _WORDS
        if not is_whole or not _drawn((*key, position), self._words, self._draw):
            self._module.set_state(before)
        self.sent = self.state()

    def _draw(self, bits: int) -> None:
        self._module.bytes(bits // 8)


def _drawn(wanted: Any, now: Any, draw: Any) -> bool:
    """Draw words until the state is the wanted one. Return whether it could be reached."""
    position = wanted[-1]
    if type(position) is not int or not 0 <= position <= _WORDS:
        return False
    for _ in range(_MOST_BLOCKS):
        state = now()
        if state[:-1] == wanted[:-1]:
            if state[-1] > position:
                return False
            if position > state[-1]:
                draw(32 * (position - state[-1]))
            return bool(now() == wanted)
        draw(32 * (_WORDS - state[-1] + 1))  # the first word of the next block
    return False
