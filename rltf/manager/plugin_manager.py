"""The manager itself: it loads plugins, each one guarded, and makes things by kind and name."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import pluggy

from rltf import __version__, hookspecs
from rltf.common import dataset_files, options
from rltf.common.did_you_mean import nearest
from rltf.errors import PluginError, PluginWarning
from rltf.manager.built_in import BUILT_IN
from rltf.manager.registrations import (
    EVENTS,
    HOOK_NAMES,
    HOOKS,
    OLD_KINDS,
    Factory,
    Plugin,
    Registration,
    Registrations,
    Status,
    installed_plugins,
    is_wanted,
    missing_plugins,
)

if TYPE_CHECKING:
    import click

PROJECT = "rltf"
"""The name by which pluggy's markers and managers find each other."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")


class Manager:
    """All plugins of this process. Most callers use the functions of ``rltf.manager`` instead."""

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        self._plugins: dict[str, Plugin] = {}
        """pluggy's key of a plugin that was imported to the plugin."""
        self._registrations = Registrations()
        self.files: list[str] = []
        """Plugin files that were loaded, as absolute paths. Another process can load them too."""
        self._is_loaded = False
        self._lock = RLock()  # reentrant: a plugin may use the manager while it loads

    def load(self) -> None:
        """Import the installed plugins and list the built-in ones; a second call does nothing."""
        with self._lock:
            if not self._is_loaded:
                self._is_loaded = True
                self._load()

    def _load(self) -> None:
        for kind, modules in BUILT_IN.items():
            self._registrations.add(
                Registration(name, kind, _built_in(module)) for name, module in modules.items()
            )
        for plugin, entry_point in installed_plugins():
            if not is_wanted(plugin):
                self._report(plugin, "disabled", "left out by RLTF_PLUGINS")
                continue
            with self._guarded(plugin):
                self._registrations.add(self._register(plugin, entry_point.load()))
        for name in missing_plugins():
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
            self._registrations.add(self._register(plugin, module))
        except (Exception, SystemExit) as error:
            place = f"{path}{_line_in(file, error)}"
            raise PluginError(f"plugin {place}: {_one_line(error)}") from error
        self.files.append(str(file.absolute()))

    def get(self, kind: str, name: str, /, **arguments: Any) -> Any:
        """Make the thing of this kind and name; ``name`` may carry an argument: ``hf:gpt2``.

        Raises :class:`PluginError` for an unknown name, for a name that two plugins claim, and when
        the factory does not take the argument or the options.
        """
        kind = OLD_KINDS.get(kind, kind)
        base, colon, argument = name.partition(":")
        plugin, factory = self._factory(kind, base)
        positional = (argument,) if colon else ()
        if kind == "dataset":
            _note_data(positional, arguments)
        signature = inspect.signature(factory)
        try:
            signature.bind(*positional, **arguments)
        except TypeError as error:
            takes = ", ".join(signature.parameters) or "nothing"
            raise PluginError(
                f"{kind} {name!r} cannot be made like this: {error}; it takes {takes}"
            ) from None
        if arguments:
            options.check_arguments(factory, arguments, f"{kind} {name!r}", PluginError)
        try:
            return factory(*positional, **arguments)
        except Exception as error:
            if not (isinstance(error, OSError) and error.filename):  # which says enough
                error.add_note(f"{kind} {name!r} of {plugin.distribution} could not be made")
            raise

    def accepted_options(self, kind: str, name: str, shared: Mapping[str, Any]) -> dict[str, Any]:
        """Return the subset of ``shared`` that the factory of this kind and name accepts."""
        _, factory = self._factory(OLD_KINDS.get(kind, kind), name.partition(":")[0])
        parameters = inspect.signature(factory).parameters
        return {option: value for option, value in shared.items() if option in parameters}

    def names(self, kind: str) -> list[str]:
        """Return the registered names of a kind, sorted. Imports no built-in plugin."""
        self.load()
        return self._registrations.names(OLD_KINDS.get(kind, kind))

    def check_name(self, kind: str, name: str) -> None:
        """Raise :class:`PluginError` for a name that :meth:`get` refuses. Imports no built-in."""
        self.load()
        base = name.partition(":")[0]
        registration = self._registrations.get(kind, base)
        if registration is None or registration.error is not None:
            raise PluginError(self._refusal(kind, base, registration))

    def registered(self) -> list[Registration]:
        """Import every plugin, and return what is registered and what is broken, in order."""
        self.load()
        for module in {module: None for names in BUILT_IN.values() for module in names.values()}:
            self._import_built_in(_built_in(module))
        return self._registrations.all()

    def add_commands(self, cli: click.Group) -> None:
        """Let every plugin add its commands to a command line."""
        self.load()
        for plugin, hook in self._implementations("rltf_register_commands"):
            before = set(cli.commands)
            with self._guarded(plugin, "command"):
                hook(cli=cli)
            self._registrations.add(
                Registration(name, "command", plugin) for name in cli.commands.keys() - before
            )

    def notify(self, hook_name: str, **arguments: Any) -> None:
        """Call an event hook of every plugin; one that fails is named in a warning."""
        self.load()
        for plugin, hook in self._implementations(hook_name):
            try:
                hook(**arguments)
            except Exception as error:
                warnings.warn(
                    f"plugin {plugin.name} ({plugin.distribution}) failed in {hook_name}: "
                    f"{_one_line(error)}",
                    PluginWarning,
                    stacklevel=2,
                )

    @contextmanager
    def listening(self, name: str, listener: object) -> Iterator[None]:
        """Call the event hooks of an object of rltf beside those of plugins, for a while."""
        plugin = _built_in(name)
        self.load()
        self._pluggy.register(listener, _key(plugin))
        self._plugins[_key(plugin)] = plugin
        try:
            yield
        finally:
            self._pluggy.unregister(listener)
            del self._plugins[_key(plugin)]

    def _factory(self, kind: str, name: str) -> tuple[Plugin, Factory]:
        """Return the factory of this kind and name, and the plugin it comes from."""
        self.load()
        registration = self._registrations.get(kind, name)
        if registration and registration.status == "ok" and registration.factory is None:
            self._import_built_in(registration.plugin)
            registration = self._registrations.get(kind, name)
        if registration is None or registration.error is not None:
            raise PluginError(self._refusal(kind, name, registration))
        assert registration.factory is not None
        return registration.plugin, registration.factory

    def _import_built_in(self, plugin: Plugin) -> None:
        """Import the module of a built-in plugin, once."""
        with self._lock:
            if _key(plugin) in self._plugins:
                return
            registrations: list[Registration] = []
            try:
                registrations = self._register(plugin, importlib.import_module(plugin.name))
            except Exception as error:
                registrations = [
                    Registration(plugin.name, None, plugin, "broken", _one_line(error))
                ]
            self._plugins[_key(plugin)] = plugin
            self._registrations.replace(plugin, registrations)

    def _register(self, plugin: Plugin, module: object) -> list[Registration]:
        """Give a module to pluggy, all or nothing, and return what it registers."""
        key = _key(plugin)
        self._pluggy.register(module, key)
        self._plugins[key] = plugin
        try:
            hook_names = _checked_hooks(self._pluggy.get_hookcallers(module) or [])
            hooks = {name: self._hook_of(module, name) for name in hook_names}
            registrations = [
                registration
                for kind, hook_name in HOOKS.items()
                if (
                    hook := hooks.get(hook_name)
                    or hooks.get(hookspecs.OLD_NAMES.get(hook_name, ""))
                )
                for registration in _registrations(plugin, kind, hook)
            ]
        except BaseException:
            self._pluggy.unregister(module)
            del self._plugins[key]
            raise
        events = [Registration(name, "event", plugin) for name in EVENTS if name in hooks]
        return registrations + events

    def _implementations(self, hook_name: str) -> Iterator[tuple[Plugin, Callable[..., Any]]]:
        """Return each plugin that implements a hook, with a caller of its implementation alone."""
        for implementation in getattr(self._pluggy.hook, hook_name).get_hookimpls():
            yield (
                self._plugins[implementation.plugin_name],
                self._hook_of(implementation.plugin, hook_name),
            )

    def _hook_of(self, module: object, hook_name: str) -> Callable[..., Any]:
        """Return a caller of one module's implementation of a hook."""
        return self._pluggy.subset_hook_caller(hook_name, self._pluggy.get_plugins() - {module})

    def _refusal(self, kind: str, name: str, registration: Registration | None) -> str:
        """Return why there is nothing of this kind and name."""
        if registration is not None and registration.error is not None:
            return registration.error
        known = self._registrations.names(kind)
        broken = [
            f"plugin {row.name} of {row.plugin.distribution} is broken: {row.error}"
            for row in self._registrations.broken_plugins()
        ]
        unknown = (
            f"unknown {kind} {name!r}{nearest(name, known)} "
            f"(installed: {', '.join(known) or 'none'}; see rltf plugins)"
        )
        return "; ".join([unknown, *broken])

    @contextmanager
    def _guarded(self, plugin: Plugin, kind: str | None = None) -> Iterator[None]:
        """Turn any error of a plugin into a row of :meth:`registered`."""
        try:
            yield
        except (Exception, SystemExit) as error:
            self._report(plugin, "broken", _one_line(error), kind)

    def _report(self, plugin: Plugin, status: Status, error: str, kind: str | None = None) -> None:
        self._registrations.add([Registration(plugin.name, kind, plugin, status, error)])


def _built_in(module: str) -> Plugin:
    return Plugin(module, __version__, "rltf")


def _key(plugin: Plugin) -> str:
    """Return the name that pluggy knows a plugin by; distributions may share an entry point's name."""
    return f"{plugin.distribution}:{plugin.name}"


def _registrations(plugin: Plugin, kind: str, hook: Callable[..., Any]) -> list[Registration]:
    """Call the hook of one plugin that registers things of one kind."""
    registrations: list[Registration] = []

    def register(name: str, factory: Factory) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"the {kind} name {name!r} must be letters, digits and any of _ . + -")
        if not callable(factory):
            raise ValueError(f"the factory of {kind} {name!r} is not callable: {factory!r:.60}")
        registrations.append(Registration(name, kind, plugin, factory=factory))

    hook(register=register)
    return registrations


def _checked_hooks(callers: Iterable[pluggy.HookCaller]) -> list[str]:
    """Return the hooks of a plugin; raise if rltf does not have one, or the plugin has none."""
    names = [caller.name for caller in callers]
    for name in names:
        if name not in HOOK_NAMES:
            raise PluginError(f"rltf has no hook {name!r}{nearest(name, HOOK_NAMES)}")
    if not names:
        raise PluginError("it has no function decorated with @rltf.hookimpl")
    return names


def _note_data(positional: Iterable[Any], arguments: Mapping[str, Any]) -> None:
    """Hide the files of a dataset from programs: any text argument may be a path."""
    for value in (*positional, *arguments.values()):
        if isinstance(value, str | os.PathLike):
            dataset_files.note(value)


def _line_in(file: Path, error: BaseException) -> str:
    """Return the line of a file in which an error arose, as a part of a message."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) in (file, file.absolute())]
    return f", line {lines[-1]}" if lines else ""


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
