"""Registers the reward manager ``rltf`` when verl is imported (entry points ``verl.plugins``).

The manager is verl's own ``naive`` one with the reward of :mod:`rltf.adapters.verl`: nothing else is
to be configured. verl loads this module in each of its processes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from rltf.adapters import verl

NAME = "rltf"
_PLACES = (
    ("verl.experimental.reward_loop.reward_manager", verl.compute_score),  # verl 0.7 and newer
    ("verl.workers.reward_manager", verl.compute_score_sync),  # up to verl 0.8
)
"""Modules that hold a registry and the naive manager, and the reward that this manager calls."""


def manager_class(base: type[Any], function: Callable[..., Any]) -> type[Any]:
    """Return a reward manager like ``base`` that calls ``function``, whatever it is given."""
    signature = inspect.signature(base.__init__)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        bound = signature.bind_partial(self, *args, **kwargs)
        bound.arguments["compute_score"] = function
        base.__init__(*bound.args, **bound.kwargs)

    return type("RLTFRewardManager", (base,), {"__init__": __init__, "__doc__": __doc__})


def register() -> None:
    """Register the manager in every registry that this version of verl has.

    Raises ``ImportError`` if it has none.
    """
    found = 0
    for place, function in _PLACES:
        try:
            module = import_module(place)
        except ImportError:
            continue
        module.register(NAME)(manager_class(module.NaiveRewardManager, function))
        found += 1
    if not found:
        raise ImportError(f"this verl has none of {', '.join(place for place, _ in _PLACES)}")


register()
