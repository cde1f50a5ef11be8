"""The zygotes of one worker: started when they are needed, and again when they died."""

from __future__ import annotations

from collections.abc import Sequence

from rltf.sandbox import readable_paths
from rltf.sandbox.client.preload import Warmth
from rltf.sandbox.client.zygote import Role, SandboxError, Zygote, ZygoteDied
from rltf.sandbox.layers import complaint

MAX_STARTS = 10


class Zygotes:
    """At most one of each kind: for candidates and for judges, by what they have imported."""

    def __init__(self, require_layers: Sequence[str] = ()) -> None:
        self.layers: tuple[str, ...] = ()
        """The protections in force, the same for all; known when the first has started."""
        self._require_layers = require_layers
        self._running: dict[tuple[Role, Warmth], Zygote] = {}
        self._closed = False
        self._interrupted = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Their processes."""
        return tuple(zygote.pid for zygote in list(self._running.values()))

    def get(self, role: Role, warmth: Warmth) -> Zygote:
        """The one that runs, or a new one.

        Raises:
            SandboxError: It cannot be started, or nobody wants its work any more.
        """
        if self._closed:
            raise SandboxError("the sandbox was closed")
        zygote = self._running.get((role, warmth))
        if zygote is None:
            zygote = self._running[role, warmth] = self._start(role, warmth)
        if self._interrupted:
            raise SandboxError("nobody waits for it any more")
        return zygote

    def renew(self) -> None:
        """Ends those whose programs could read data that has been read since they started."""
        trees = readable_paths.trees()
        for role, warmth in [key for key, one in self._running.items() if one.trees is not trees]:
            if self._running[role, warmth].trees != trees:
                self.drop(role, warmth)

    def drop(self, role: Role, warmth: Warmth) -> None:
        """Ends one."""
        zygote = self._running.pop((role, warmth), None)
        if zygote is not None:
            zygote.close()

    def reset(self) -> None:
        """Ends all."""
        while self._running:
            self._running.popitem()[1].close()

    def close(self) -> None:
        """Ends all, for good; what another thread does with them comes to nothing."""
        self._closed = True
        self.reset()

    def interrupt(self) -> None:
        """Ends what they do, for a thread other than the one that waits for it."""
        self._interrupted = True
        for zygote in list(self._running.values()):
            zygote.interrupt()

    def recover(self) -> None:
        """Makes them fit for work again after an interruption."""
        if self._interrupted:
            self.reset()
            self._interrupted = False

    def abandon(self) -> None:
        """Forgets them without ending them; for a fork of the process they belong to."""
        while self._running:
            self._running.popitem()[1].abandon()

    def _start(self, role: Role, warmth: Warmth) -> Zygote:
        """A new zygote; one that is killed before it is ready is started again."""
        for _ in range(MAX_STARTS):
            try:
                zygote = Zygote(role, warmth)
            except ZygoteDied:
                continue
            if missing := complaint(self._require_layers, zygote.layers):
                zygote.close()
                raise SandboxError(missing)
            self.layers = zygote.layers
            return zygote
        raise SandboxError(f"the sandbox was killed {MAX_STARTS} times while it started")
