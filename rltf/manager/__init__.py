"""The plugin manager: finds plugins, and makes things by kind and name.

Built-in modules and third-party distributions (entry points of the group ``rltf``) go through the
same hooks. A plugin that cannot be loaded is a row with its error in :func:`registered` and takes
nothing else down. If two plugins register the same name, only that name becomes unusable.

Processes do not share plugins: every function here loads them on first use. Installed plugins are
imported then; a built-in plugin is imported when somebody asks for one of its names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rltf.errors import PluginError, PluginWarning
from rltf.manager.plugin_manager import Manager
from rltf.manager.registrations import EVENTS, HOOKS, Registration, Status

__all__ = [
    "EVENTS",
    "HOOKS",
    "Manager",
    "PluginError",
    "PluginWarning",
    "Registration",
    "Status",
    "accepted_options",
    "add_commands",
    "check_name",
    "get",
    "listening",
    "load_file",
    "load_plugins",
    "loaded_files",
    "names",
    "notify",
    "registered",
]

_manager = Manager()

load_plugins = _manager.load
load_file = _manager.load_file
get = _manager.get
accepted_options = _manager.accepted_options
check_name = _manager.check_name
names = _manager.names
registered = _manager.registered
add_commands = _manager.add_commands
notify = _manager.notify
listening = _manager.listening
loaded_files = _manager.files


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "taken":  # the former name
            return accepted_options
        raise AttributeError(f"module 'rltf.manager' has no attribute {name!r}")
