"""What is kept between commands: models and audits, in the user's cache folder."""

from __future__ import annotations

import os
from pathlib import Path


def models_folder() -> Path:
    """Return ``RLTF_MODELS``, or ``rltf/models`` in the user's cache folder."""
    return _folder("models", "RLTF_MODELS")


def audits_folder() -> Path:
    """Return ``RLTF_AUDITS``, or ``rltf/audits`` in the user's cache folder."""
    return _folder("audits", "RLTF_AUDITS")


def _folder(name: str, variable: str) -> Path:
    if named := os.environ.get(variable):
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return base / "rltf" / name
