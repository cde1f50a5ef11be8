"""Where models are kept between commands."""

from __future__ import annotations

import os
from pathlib import Path


def models_folder() -> Path:
    """Return ``RLTF_MODELS``, or ``rltf/models`` in the user's cache folder."""
    if named := os.environ.get("RLTF_MODELS"):
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return base / "rltf" / "models"
