"""Digests that name what decides a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable


def text_digest(texts: Iterable[str]) -> str:
    """Return the digest of some texts, in order."""
    return hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()[:16]
