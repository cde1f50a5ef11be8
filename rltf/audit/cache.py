"""Where audits are kept, so that a training run knows what an audit found."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from rltf import __version__
from rltf.audit.findings import AuditReport
from rltf.common.cache_folder import audits_folder
from rltf.common.digests import path_digest
from rltf.common.file_writes import read_json, write_json
from rltf.errors import DataError


def store(report: AuditReport, data: str | None) -> None:
    """Keep an audit; the last one of a dataset replaces the one before."""
    file = file_of(report.dataset, data)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, report.to_dict())


def cached(dataset: str, data: str | None) -> AuditReport | None:
    """Return the last audit of a dataset with the same data, or ``None``."""
    try:
        stored = read_json(file_of(dataset, data), DataError)
        return None if stored is None else AuditReport.from_dict(stored)
    except (DataError, OSError):
        return None


def file_of(dataset: str, data: str | None) -> Path:
    """Return where the last audit of a dataset with this data is, or would be."""
    text = json.dumps([__version__, dataset, path_digest(data)])
    return audits_folder() / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"
