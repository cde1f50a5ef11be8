"""Installed plugins: the entry points of the group ``rltf``, and the choice among them.

The environment variable RLTF_PLUGINS limits which are loaded: distributions or entry points,
separated by commas; empty for none. Nothing here imports a plugin.
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
    """Where registered things come from."""

    name: str
    """Module of a built-in, entry-point name, or file name."""
    version: str
    distribution: str
    """The installed distribution, or the path of a ``--plugin`` file."""


def plugins() -> Iterator[tuple[Plugin, importlib.metadata.EntryPoint]]:
    """Every entry point of the group, whether it is wanted or not."""
    for entry_point in importlib.metadata.entry_points(group=GROUP):
        metadata = entry_point.dist
        name, version = (metadata.name, metadata.version) if metadata else ("", "")
        yield Plugin(entry_point.name, version, name), entry_point


def is_wanted(plugin: Plugin) -> bool:
    """Whether RLTF_PLUGINS lets a plugin load."""
    wanted = _wanted()
    return wanted is None or not wanted.isdisjoint(_names(plugin))


def missing() -> list[str]:
    """Names in RLTF_PLUGINS that nothing installed has."""
    found = {name for plugin, _ in plugins() for name in _names(plugin)}
    return sorted((_wanted() or set()) - found)


def _wanted() -> set[str] | None:
    """``None`` where RLTF_PLUGINS is not set and all plugins load."""
    limit = os.environ.get("RLTF_PLUGINS")
    if limit is None:
        return None
    return {normal(name) for name in limit.split(",") if name.strip()}


def _names(plugin: Plugin) -> tuple[str, str]:
    return normal(plugin.name), normal(plugin.distribution)


def normal(name: str) -> str:
    """A distribution name as PyPA compares them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
