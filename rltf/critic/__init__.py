"""A critic: a model that reads a program and says, token by token, what its tests will show (CodeRL).

:func:`load_critic` is what rewards use. Nothing here imports torch before a critic is loaded.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rltf.manager import PluginError

if TYPE_CHECKING:
    from rltf.critic.model import Critic

SETTINGS = "critic.json"
"""The file that is written last, and makes a folder a critic."""

_loading = Lock()


def load_critic(folder: str | Path) -> Critic:
    """The critic in a folder, on the machine's GPU where it has one; the same one for every caller.

    Raises :class:`rltf.manager.PluginError` where the folder holds none, or a damaged one.
    """
    path = Path(folder).expanduser().resolve()
    if not (path / SETTINGS).is_file():
        raise PluginError(
            f"{folder} holds no critic ({SETTINGS} is missing); "
            "rltf critic train SAMPLES.jsonl --dataset NAME --out DIR makes one"
        )
    with _loading:
        return _load(path)


@lru_cache(maxsize=4)
def _load(path: Path) -> Critic:
    from rltf.critic.model import Critic

    return Critic.load(path)
