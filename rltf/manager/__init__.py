"""The plugin manager: finds plugins, loads each one guarded, and makes things by kind and name.

Built-in modules and third-party distributions (entry points of the group ``rltf``) go through the
same hooks. A plugin that cannot be loaded is a row with its error in :func:`registered` and takes
nothing else down; two plugins that register one name spoil that name only.

Processes do not share plugins: every public function here loads them on first use.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from rltf import __version__, hookspecs
from rltf.common import dataset_files
from rltf.common.did_you_mean import nearest
from rltf.manager import entry_points
from rltf.manager.entry_points import Plugin

if TYPE_CHECKING:
    import click

PROJECT = "rltf"
"""The name by which pluggy's markers and managers find each other."""

BUILT_IN = (
    "rltf.plugins.datasets.mini",
    "rltf.plugins.datasets.file",
    "rltf.plugins.datasets.apps",
    "rltf.plugins.datasets.mbpp",
    "rltf.plugins.datasets.mbppplus",
    "rltf.plugins.datasets.humaneval",
    "rltf.plugins.datasets.humanevalplus",
    "rltf.plugins.datasets.livecodebench",
    "rltf.plugins.classifiers.rltf",
    "rltf.plugins.classifiers.rltf_official",
    "rltf.plugins.rewards.coarse",
    "rltf.plugins.rewards.fine",
    "rltf.plugins.rewards.adaptive",
    "rltf.plugins.rewards.critic",
    "rltf.plugins.rewards.static",
    "rltf.plugins.rewards.style",
    "rltf.plugins.rewards.ppocoder",
    "rltf.plugins.rewards.length",
    "rltf.plugins.rewards.efficiency",
    "rltf.plugins.policies.tiny",
    "rltf.plugins.policies.hub",
    "rltf.plugins.policies.openai",
    "rltf.plugins.objectives.rltf",
    "rltf.plugins.executors.sandbox",
    "rltf.plugins.prompts.apps",
    "rltf.plugins.prompts.plain",
    "rltf.plugins.prompts.rltf",
    "rltf.plugins.prompts.incoder",
    "rltf.plugins.prompts.google_3shot",
    "rltf.plugins.prompts.humaneval",
    "rltf.plugins.prompts.evalplus",
    "rltf.plugins.rules.apps",
    "rltf.plugins.rules.livecodebench",
    "rltf.plugins.rules.strict",
)

HOOKS = {
    "dataset": "rltf_register_datasets",
    "classifier": "rltf_register_classifiers",
    "reward": "rltf_register_rewards",
    "policy": "rltf_register_policies",
    "objective": "rltf_register_objectives",
    "executor": "rltf_register_executors",
    "prompt": "rltf_register_prompts",
    "judge": "rltf_register_judges",
}
"""Kind to the hook that registers things of that kind with a callback."""

EVENTS = ("rltf_samples_scored", "rltf_step_end")
"""Hooks that tell plugins what happens."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")

Status = Literal["ok", "broken", "conflict", "disabled"]


class PluginError(Exception):
    """A plugin, or a name that plugins register, cannot be used; the message says what to do."""


def check_choice(what: str, value: object, choices: tuple[str, ...]) -> None:
    """Raises :class:`PluginError` unless an option, called ``what``, has one of the ``choices``."""
    if value not in choices:
        hint = nearest(value, choices, repr)
        raise PluginError(f"{what} must be {' or '.join(choices)}, not {value!r}{hint}")


class PluginWarning(UserWarning):
    """A plugin failed while it was used; the message names it."""


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
    factory: Callable[..., Any] | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, str | None]:
        """The form that ``rltf plugins --json`` prints."""
        return {
            "name": self.name,
            "kind": self.kind,
            "version": self.plugin.version,
            "distribution": self.plugin.distribution,
            "status": self.status,
            "error": self.error,
        }


class Manager:
    """All plugins of this process. Most callers use the functions of this module instead."""

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        self._plugins: dict[str, Plugin] = {}
        self._rows: list[Registration] = []
        self._loaded = False
        self._loading = RLock()  # reentrant: a plugin may use this module while it loads

    def load(self) -> None:
        """Load the built-ins and the installed plugins; a second call does nothing."""
        with self._loading:
            if not self._loaded:
                self._loaded = True
                self._load()

    def _load(self) -> None:
        for module in BUILT_IN:
            built_in = Plugin(module, __version__, "rltf")
            with self._guarded(built_in):
                self._add(built_in, importlib.import_module(module))
        for plugin, entry_point in entry_points.plugins():
            if not entry_points.is_wanted(plugin):
                self._report(plugin, "disabled", "left out by RLTF_PLUGINS")
                continue
            with self._guarded(plugin):
                self._add(plugin, entry_point.load())
        for name in entry_points.missing():
            self._report(Plugin(name, "", ""), "broken", "in RLTF_PLUGINS but not installed")

    def load_file(self, path: str | os.PathLike[str]) -> None:
        """Load a plugin from a Python file, once; an unusable one raises :class:`PluginError`."""
        self.load()
        file = Path(path)
        plugin = Plugin(file.stem, "", str(path))
        if plugin in self._plugins.values():
            return
        spec = importlib.util.spec_from_file_location(f"rltf_plugin_{file.stem}", file)
        if not file.is_file() or spec is None or spec.loader is None:
            raise PluginError(
                f"plugin {path}: {'not named FILE.py' if file.is_file() else 'no such Python file'}"
            )
        module = importlib.util.module_from_spec(spec)
        dataset_files.note(file)  # it may hold a dataset
        sys.modules[spec.name] = module  # pickling and dataclasses look modules up by name
        try:
            spec.loader.exec_module(module)
            self._add(plugin, module)
        except (Exception, SystemExit) as error:
            raise PluginError(f"plugin {path}: {_one_line(error)}") from error

    def get(self, kind: str, name: str, /, **options: Any) -> Any:
        """Make the thing of this kind and name; ``name`` may carry an argument: ``hf:gpt2``.

        Raises :class:`PluginError` for an unknown name, for a name that two plugins claim, and when
        the factory does not take the argument or the options.
        """
        self.load()
        base, colon, argument = name.partition(":")
        plugin, factory = self._factory(kind, base)
        arguments = (argument,) if colon else ()
        if kind == "dataset":
            _note_data(arguments, options)
        try:
            inspect.signature(factory).bind(*arguments, **options)
        except TypeError as error:
            raise PluginError(f"{kind} {name!r} cannot be made like this: {error}") from None
        try:
            return factory(*arguments, **options)
        except Exception as error:
            if not (isinstance(error, OSError) and error.filename):  # which says enough
                error.add_note(f"{kind} {name!r} of {plugin.distribution} could not be made")
            raise

    def taken(self, kind: str, name: str, shared: Mapping[str, Any]) -> dict[str, Any]:
        """Those of some shared options that the factory of this kind and name has parameters for."""
        self.load()
        _, factory = self._factory(kind, name.partition(":")[0])
        parameters = inspect.signature(factory).parameters
        return {option: value for option, value in shared.items() if option in parameters}

    def registered(self) -> list[Registration]:
        """What is registered and what is broken, in the order in which it was loaded."""
        self.load()
        return [replace(row, **self._conflict(row)) for row in self._rows]

    def add_commands(self, cli: click.Group) -> None:
        """Let every plugin add its commands to a command line."""
        self.load()
        for plugin, hook in self._hooks("rltf_register_commands"):
            before = set(cli.commands)
            with self._guarded(plugin, "command"):
                hook(cli=cli)
            for name in cli.commands.keys() - before:
                self._rows.append(Registration(name, "command", plugin))

    def notify(self, hook_name: str, **arguments: Any) -> None:
        """Call an event hook of every plugin; one that fails is named in a warning."""
        self.load()
        for plugin, hook in self._hooks(hook_name):
            try:
                hook(**arguments)
            except Exception as error:
                warnings.warn(
                    f"plugin {plugin.name} ({plugin.distribution}) failed in {hook_name}: "
                    f"{_one_line(error)}",
                    PluginWarning,
                    stacklevel=2,
                )

    def _add(self, plugin: Plugin, module: object) -> None:
        """Register a loaded plugin, all or nothing."""
        key = f"{plugin.distribution}:{plugin.name}"
        self._pluggy.register(module, key)
        self._plugins[key] = plugin
        try:
            _check_hooks(self._pluggy.get_hookcallers(module) or [])
            rows = [row for kind in HOOKS for row in self._registrations(plugin, kind)]
            rows += [
                Registration(name, "event", plugin)
                for name in EVENTS
                if any(owner is plugin for owner, _ in self._hooks(name))
            ]
        except BaseException:
            self._pluggy.unregister(module)
            raise
        self._rows += rows

    def _registrations(self, plugin: Plugin, kind: str) -> Iterator[Registration]:
        rows: list[Registration] = []

        def register(name: str, factory: Callable[..., Any]) -> None:
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise ValueError(
                    f"the {kind} name {name!r} must be letters, digits and any of _ . + -"
                )
            if not callable(factory):
                raise ValueError(f"the factory of {kind} {name!r} is not callable: {factory!r:.60}")
            rows.append(Registration(name, kind, plugin, factory=factory))

        for owner, hook in self._hooks(HOOKS[kind]):
            if owner is plugin:
                hook(register=register)
        return iter(rows)

    def _hooks(self, name: str) -> Iterator[tuple[Plugin, Callable[..., Any]]]:
        """Each plugin that implements a hook, with a caller of its implementation alone."""
        everyone = self._pluggy.get_plugins()
        for implementation in getattr(self._pluggy.hook, name).get_hookimpls():
            others = everyone - {implementation.plugin}
            yield (
                self._plugins[implementation.plugin_name],
                self._pluggy.subset_hook_caller(name, others),
            )

    def _factory(self, kind: str, name: str) -> tuple[Plugin, Callable[..., Any]]:
        rows = [row for row in self.registered() if row.kind == kind and row.factory is not None]
        for row in rows:
            if row.name == name:
                if row.error is not None:
                    raise PluginError(row.error)
                assert row.factory is not None
                return row.plugin, row.factory
        unknown = _unknown(kind, name, sorted({row.name for row in rows}))
        broken = [
            f"plugin {row.name} of {row.plugin.distribution} is broken: {row.error}"
            for row in self._rows
            if row.status == "broken" and row.kind is None
        ]
        raise PluginError("; ".join([unknown, *broken]))

    def _conflict(self, row: Registration) -> dict[str, Any]:
        """Status and error of a row whose name is registered more than once."""
        rivals = [
            other.plugin.distribution
            for other in self._rows
            if row.factory is not None and (other.kind, other.name) == (row.kind, row.name)
        ]
        if len(rivals) < 2:
            return {}
        return {
            "status": "conflict",
            "error": f"{row.kind} {row.name!r} is registered by {' and by '.join(rivals)}; "
            "uninstall one of them, or leave one out with RLTF_PLUGINS",
        }

    @contextmanager
    def _guarded(self, plugin: Plugin, kind: str | None = None) -> Iterator[None]:
        """Turn whatever a plugin raises into a row of :meth:`registered`."""
        try:
            yield
        except (Exception, SystemExit) as error:
            self._report(plugin, "broken", _one_line(error), kind)

    def _report(self, plugin: Plugin, status: Status, error: str, kind: str | None = None) -> None:
        self._rows.append(Registration(plugin.name, kind, plugin, status, error))


def _note_data(arguments: Iterable[Any], options: Mapping[str, Any]) -> None:
    """Keeps programs from what a dataset is read from: any text may be a path."""
    for value in (*arguments, *options.values()):
        if isinstance(value, str | os.PathLike):
            dataset_files.note(value)


_manager = Manager()

load_plugins = _manager.load
load_file = _manager.load_file
get = _manager.get
accepted_options = _manager.taken
registered = _manager.registered
add_commands = _manager.add_commands
notify = _manager.notify


def _check_hooks(callers: Iterable[pluggy.HookCaller]) -> None:
    """Raise for a hook that rltf does not have, and for a plugin without any."""
    names = [caller.name for caller in callers]
    known = [name for name in dir(hookspecs) if name.startswith("rltf_")]
    for name in names:
        if name not in known:
            raise PluginError(f"rltf has no hook {name!r}{nearest(name, known)}")
    if not names:
        raise PluginError("it has no function decorated with @rltf.hookimpl")


def _unknown(kind: str, name: str, known: list[str]) -> str:
    return (
        f"unknown {kind} {name!r}{nearest(name, known)} "
        f"(installed: {', '.join(known) or 'none'}; see rltf plugins)"
    )


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
