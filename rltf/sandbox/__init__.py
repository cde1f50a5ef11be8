"""The sandbox: runs model-written programs against tests, fast and without trusting them."""

from typing import TYPE_CHECKING, Any

from rltf.errors import SandboxError
from rltf.limits import Limits

if TYPE_CHECKING:
    from rltf.sandbox.program_run import RunResult
    from rltf.sandbox.sandbox import Sandbox

__all__ = ["Limits", "RunResult", "Sandbox", "SandboxError"]


def __getattr__(name: str) -> Any:
    # other packages use parts, such as the encoding of values, without the sandbox itself
    if name not in ("RunResult", "Sandbox"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from rltf.sandbox import sandbox
    except ModuleNotFoundError as error:
        if error.name != "rltf.sandbox._native":
            raise
        raise SandboxError(
            "the sandbox is not built: run `pip install -e .` in rltf's source folder (it needs gcc)"
        ) from None
    return getattr(sandbox, name)
