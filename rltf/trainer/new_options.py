"""Options that older runs do not have."""

from __future__ import annotations

from typing import Any

NEW_OPTIONS: dict[str, Any] = {
    "executor": "sandbox",
    "prompt": None,
    "system": "",
    "train_on_guarded": False,
}
"""Options that older runs do not have, with the values that those runs used."""
