"""Installed plugins: the entry points of the group ``rltf``, and which of them to load.

The environment variable RLTF_PLUGINS limits them: distributions or entry points, separated by
commas; empty for none. Nothing here imports a plugin.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

GROUP = "rltf"


@dataclass(frozen=True)
class Plugin:
    """The source of registrations."""

    name: str
    """Module of a built-in, entry-point name, or file name."""
    version: str
    distribution: str
    """The installed distribution, or the path of a ``--plugin`` file."""


def plugins() -> Iterator[tuple[Plugin, importlib.metadata.EntryPoint]]:
    """Yield every entry point of the group, wanted or not."""
    for entry_point in importlib.metadata.entry_points(group=GROUP):
        metadata = entry_point.dist
        name, version = (metadata.name, metadata.version) if metadata else ("", "")
        yield Plugin(entry_point.name, version, name), entry_point


def is_wanted(plugin: Plugin) -> bool:
    """Return whether RLTF_PLUGINS lets a plugin load."""
    wanted = _wanted()
    return wanted is None or not wanted.isdisjoint(_names(plugin))


def missing() -> list[str]:
    """Return the names in RLTF_PLUGINS that no installed plugin has."""
    installed = {name for plugin, _ in plugins() for name in _names(plugin)}
    return sorted((_wanted() or set()) - installed)


def _wanted() -> set[str] | None:
    """Return the names in RLTF_PLUGINS, or ``None`` if it is not set and all plugins load."""
    limit = os.environ.get("RLTF_PLUGINS")
    if limit is None:
        return None
    return {normal(name) for name in limit.split(",") if name.strip()}


def _names(plugin: Plugin) -> tuple[str, str]:
    return normal(plugin.name), normal(plugin.distribution)


def normal(name: str) -> str:
    """Normalize a distribution name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
