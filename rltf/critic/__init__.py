"""The critic of CodeRL: a model that predicts, token by token, the outcome of a program's tests.

Rewards use :func:`load_critic`. Nothing here imports torch before a critic is loaded.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rltf.errors import PluginError

if TYPE_CHECKING:
    from rltf.critic.model import Critic

SETTINGS = "critic.json"
"""The file that marks a folder as a critic; it is written last."""

_loading = Lock()


def load_critic(folder: str | Path) -> Critic:
    """Load the critic in a folder, onto the GPU if there is one; callers share one instance.

    Raises :class:`rltf.manager.PluginError` if the folder holds no critic, or a damaged one.
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
