"""Executor ``sandbox``: untrusted programs in fresh, isolated processes on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rltf.common.options import HashSeed, PositiveInt
from rltf.dataset import Isolation
from rltf.hookspecs import Register, hookimpl
from rltf.verdict import JudgingChoice

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox


def make(
    cache: str | Path | None = None,
    isolation: Isolation = "test",
    judging: JudgingChoice = "auto",
    workers: PositiveInt | None = None,
    hash_seed: HashSeed = 0,
    **options: Any,
) -> Sandbox:
    """Return a sandbox with the options of :class:`rltf.Sandbox` and, if given, a verdict cache."""
    options |= {"isolation": isolation, "judging": judging, "workers": workers}
    options["hash_seed"] = hash_seed
    if cache is not None:
        from rltf.sandbox.verdict_cache import CachedSandbox

        return CachedSandbox(cache, **options)
    from rltf.sandbox import Sandbox

    return Sandbox(**options)


@hookimpl
def rltf_register_executors(register: Register) -> None:
    """Register ``sandbox``."""
    register("sandbox", make)
