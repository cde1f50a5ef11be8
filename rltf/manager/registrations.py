"""Everything that plugins register, in order, and the names that more than one plugin claims.

Installed plugins are the entry points of the group ``rltf``. The environment variable RLTF_PLUGINS
limits them: distributions or entry points, separated by commas; empty for none. Users name a plugin
and its options as ``NAME[option=value,other=value]``, which is read here too.
"""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rltf import hookspecs
from rltf.common import syntax
from rltf.errors import PluginError

GROUP = "rltf"


@dataclass(frozen=True)
class Plugin:
    """The source of registrations."""

    name: str
    """Module of a built-in, entry-point name, or file name."""
    version: str
    distribution: str
    """The installed distribution, or the path of a ``--plugin`` file."""


def installed_plugins() -> Iterator[tuple[Plugin, importlib.metadata.EntryPoint]]:
    """Yield every entry point of the group, wanted or not."""
    for entry_point in importlib.metadata.entry_points(group=GROUP):
        metadata = entry_point.dist
        name, version = (metadata.name, metadata.version) if metadata else ("", "")
        yield Plugin(entry_point.name, version, name), entry_point


def is_wanted(plugin: Plugin) -> bool:
    """Return whether RLTF_PLUGINS lets a plugin load."""
    wanted = _wanted()
    return wanted is None or not wanted.isdisjoint(_names(plugin))


def missing_plugins() -> list[str]:
    """Return the names in RLTF_PLUGINS that no installed plugin has."""
    installed = {name for plugin, _ in installed_plugins() for name in _names(plugin)}
    return sorted((_wanted() or set()) - installed)


def _wanted() -> set[str] | None:
    """Return the names in RLTF_PLUGINS, or ``None`` if it is not set and all plugins load."""
    limit = os.environ.get("RLTF_PLUGINS")
    if limit is None:
        return None
    return {normalized_name(name) for name in limit.split(",") if name.strip()}


def _names(plugin: Plugin) -> tuple[str, str]:
    return normalized_name(plugin.name), normalized_name(plugin.distribution)


def normalized_name(name: str) -> str:
    """Normalize a distribution name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


Factory = Callable[..., Any]
Status = Literal["ok", "broken", "conflict", "disabled"]

HOOKS = {
    "dataset": "rltf_register_datasets",
    "classifier": "rltf_register_classifiers",
    "reward": "rltf_register_rewards",
    "policy": "rltf_register_policies",
    "objective": "rltf_register_objectives",
    "executor": "rltf_register_executors",
    "prompt": "rltf_register_prompts",
    "rule": "rltf_register_rules",
}
"""Kind to the hook that registers things of that kind with a callback."""

OLD_KINDS = {"judge": "rule"}
"""Former name of a kind to the one it has now."""

EVENTS = ("rltf_samples_scored", "rltf_step_end")
"""Hooks that tell plugins what happens."""

HOOK_NAMES = tuple(name for name in dir(hookspecs) if name.startswith("rltf_"))


@dataclass(frozen=True)
class Registration:
    """One thing that a plugin registered, or one plugin that does not work."""

    name: str
    kind: str | None
    """One of ``HOOKS``, ``command``, or ``event`` for a hook that it listens to.

    ``None`` for a plugin that could not be loaded at all.
    """
    plugin: Plugin
    status: Status = "ok"
    error: str | None = None
    factory: Factory | None = field(default=None, repr=False)
    """``None`` also for a built-in whose module has not been imported yet."""

    def to_dict(self) -> dict[str, str | None]:
        """Return the form that ``rltf plugins --json`` prints."""
        return {
            "name": self.name,
            "kind": self.kind,
            "version": self.plugin.version,
            "distribution": self.plugin.distribution,
            "status": self.status,
            "error": self.error,
        }


class Registrations:
    """The registrations of one manager. Finds conflicts when something is added, not when asked."""

    def __init__(self) -> None:
        self._rows: list[Registration] = []
        self._claims: dict[tuple[str, str], list[Registration]] = {}
        """Kind and name to the working registrations that claim it."""

    def add(self, rows: Iterable[Registration]) -> None:
        """Append registrations."""
        for row in rows:
            self._rows.append(row)
            if row.kind in HOOKS and row.status == "ok":
                self._claims.setdefault((row.kind, row.name), []).append(row)

    def replace(self, plugin: Plugin, rows: Iterable[Registration]) -> None:
        """Put registrations in the place of all that a plugin had before."""
        places = [at for at, row in enumerate(self._rows) if row.plugin == plugin]
        first = min(places, default=len(self._rows))
        before, after = self._rows[:first], self._rows[first:]
        self._rows, self._claims = [], {}
        self.add([*before, *rows, *(row for row in after if row.plugin != plugin)])

    def get(self, kind: str, name: str) -> Registration | None:
        """Return what works under this kind and name, with the status ``conflict`` if it is unclear."""
        claims = self._claims.get((kind, name))
        if claims is None:
            return None
        return claims[0] if len(claims) == 1 else _conflict(claims[0], claims)

    def all(self) -> list[Registration]:
        """Return every registration, in the order in which they were added."""
        return [
            _conflict(row, claims)
            if row.status == "ok"
            and len(claims := self._claims.get((row.kind or "", row.name), ())) > 1
            else row
            for row in self._rows
        ]

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind, sorted."""
        return sorted(name for its_kind, name in self._claims if its_kind == kind)

    def broken_plugins(self) -> list[Registration]:
        """Return the plugins that could not be loaded at all."""
        return [row for row in self._rows if row.status == "broken" and row.kind is None]


def _conflict(row: Registration, claims: Iterable[Registration]) -> Registration:
    claimants = " and by ".join(claim.plugin.distribution for claim in claims)
    error = (
        f"{row.kind} {row.name!r} is registered by {claimants}; "
        "uninstall one of them, or leave one out with RLTF_PLUGINS"
    )
    return replace(row, status="conflict", error=error)


_SPEC = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<options>[^\[\]]*)\])?")


def parse_spec(kind: str, text: str) -> tuple[str, dict[str, Any]]:
    """Return name and options of ``NAME[option=value,…]``; :class:`PluginError` says what is wrong.

    Args:
        kind: What the name is for, such as ``objective``, for messages.
    """
    match = _SPEC.fullmatch(text.strip())
    if match is None:
        raise PluginError(f"{text!r} must be NAME or NAME[option=value,…]")
    name = match["name"].strip()
    return name, parse_options(f"{kind} {name!r}", match["options"])


def parse_options(owner: str, text: str | None) -> dict[str, Any]:
    """Return the options in ``option=value,…``; values are Python literals if possible, else text.

    Args:
        owner: Whose options they are, such as ``reward 'fine'``, for messages.
    """
    options: dict[str, Any] = {}
    for item in (text or "").split(","):
        if not item.strip():
            continue
        option, equals, value = (part.strip() for part in item.partition("="))
        if not equals or not option.isidentifier():
            raise PluginError(
                f"the option {item.strip()!r} of {owner} must be name=value, like mode=official"
            )
        if option in options:
            raise PluginError(f"the option {option!r} of {owner} is given twice")
        options[option] = _value(value)
    return options


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(syntax.parse_expression(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
