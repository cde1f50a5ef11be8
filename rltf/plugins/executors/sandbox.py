"""The executor ``sandbox``: fresh processes on this machine, without trust."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rltf.dataset import Isolation
from rltf.hookspecs import Register, hookimpl

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox


def make(cache: str | Path | None = None, isolation: Isolation = "test", **options: Any) -> Sandbox:
    """A sandbox; options are those of :class:`rltf.Sandbox`, and the file of a verdict cache."""
    if cache is not None:
        from rltf.sandbox.verdict_cache import CachedSandbox

        return CachedSandbox(cache, isolation=isolation, **options)
    from rltf.sandbox import Sandbox

    return Sandbox(isolation=isolation, **options)


@hookimpl
def rltf_register_executors(register: Register) -> None:
    """Register ``sandbox``."""
    register("sandbox", make)
