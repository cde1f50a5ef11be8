"""The zygotes of one worker: started when they are needed, and again when they have died."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rltf.errors import SandboxError
from rltf.limits import Limits
from rltf.sandbox.client import readable_paths
from rltf.sandbox.client.connection import ZygoteDied
from rltf.sandbox.client.isolation_layers import FILES, complaint
from rltf.sandbox.client.launch import Preload, Role
from rltf.sandbox.client.private_folder import Folder, FolderUnavailable
from rltf.sandbox.client.zygote import CannotStart, Zygote

_MOST_KILLS = 10
"""Times that a zygote may be killed while it starts."""
_PAUSES_S = 0.1, 1.0
"""Before another try, where it has failed: the machine may lack processes or memory for a moment."""

_Key = tuple[Role, Preload, Folder | None]


class ZygoteSet:
    """At most one zygote for each role and preload, and one more for tests with files."""

    def __init__(self, require_layers: Sequence[str] = (), hash_seed: int = 0) -> None:
        self.layers: tuple[str, ...] = ()
        """The protections in force, the same for all zygotes but those of tests with files. Known
        once one has started."""
        self._require_layers = require_layers
        self._hash_seed = hash_seed
        self._running: dict[_Key, Zygote] = {}
        self._has_no_folder = False
        """Whether a zygote has found that this machine gives it no folder."""
        self._closed = False
        self._interrupted = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the zygotes."""
        return tuple(zygote.pid for zygote in list(self._running.values()))

    def get(self, role: Role, preload: Preload, folder: Folder | None = None) -> Zygote:
        """Return the running zygote of that kind, or start one.

        Args:
            role: What its children run.
            preload: What it has imported.
            folder: The folder that each of its children has for files.

        Raises:
            SandboxError: It cannot be started, or the set was closed or interrupted.
        """
        if self._closed:
            raise SandboxError("the sandbox was closed")
        zygote = self._running.get((role, preload, folder))
        if zygote is None:
            for key in [key for key in self._running if folder and key[2]]:
                if key[:2] == (role, preload):
                    self.drop(*key)  # limits of another problem
            zygote = self._running[role, preload, folder] = self._start(role, preload, folder)
        if self._interrupted:
            raise SandboxError("nobody waits for it any more")
        return zygote

    def start(self, limits: Limits) -> tuple[str, ...]:
        """Start a first zygote, see whether all required layers are there, and return the layers.

        Raises ``SandboxError`` where one is missing.
        """
        if FILES in self._require_layers:
            self.get("candidate", "slim", Folder.of(limits))
        return self.get("candidate", "slim").layers

    def renew(self) -> None:
        """End zygotes whose programs could read a data file that was opened since they started."""
        trees = readable_paths.trees()
        for key in [key for key, zygote in self._running.items() if zygote.trees is not trees]:
            if self._running[key].trees != trees:
                self.drop(*key)

    def drop(self, role: Role, preload: Preload, folder: Folder | None = None) -> None:
        """End one zygote."""
        zygote = self._running.pop((role, preload, folder), None)
        if zygote is not None:
            zygote.close()

    def reset(self) -> None:
        """End all zygotes."""
        while self._running:
            self._running.popitem()[1].close()

    def close(self) -> None:
        """End all zygotes for good. Calls of other threads that use them fail."""
        self._closed = True
        self.reset()

    def interrupt(self) -> None:
        """End all running tests. Another thread may be waiting for one."""
        self._interrupted = True
        for zygote in list(self._running.values()):
            zygote.interrupt()

    def recover(self) -> None:
        """Make the set usable again after an interruption."""
        if self._interrupted:
            self.reset()
            self._interrupted = False

    def abandon(self) -> None:
        """Forget the zygotes without ending them, in a fork of the process that owns them."""
        while self._running:
            self._running.popitem()[1].abandon()

    def _start(self, role: Role, preload: Preload, folder: Folder | None) -> Zygote:
        """Start a zygote that has what is required."""
        if folder and self._has_no_folder:
            raise FolderUnavailable
        required = [name for name in self._require_layers if folder or name != FILES]
        zygote = self._try_to_start(role, preload, folder)
        if folder and FILES not in zygote.layers:
            zygote.close()
            self._has_no_folder = True
            raise FolderUnavailable
        if required and (missing := complaint(required, zygote.layers)):
            zygote.close()
            raise SandboxError(missing)
        if not folder:
            self.layers = zygote.layers
        return zygote

    def _try_to_start(self, role: Role, preload: Preload, folder: Folder | None) -> Zygote:
        """Start a zygote; try again when it is killed or fails before it is ready."""
        kills = 0
        pauses_s = iter(_PAUSES_S)
        while True:
            try:
                return Zygote(role, preload, folder, self._hash_seed)
            except ZygoteDied:
                kills += 1
                if kills == _MOST_KILLS:
                    why = f"the sandbox was killed {kills} times while it started"
                    raise SandboxError(why) from None
            except (CannotStart, OSError) as error:  # such as of too many open files
                if (pause_s := next(pauses_s, None)) is None:
                    reason = error.strerror if isinstance(error, OSError) else error
                    raise SandboxError(f"the sandbox cannot start: {reason}") from None
                time.sleep(pause_s)
