"""The sandbox: runs model-written programs against tests, fast and without trusting them."""

from rltf.limits import Limits
from rltf.sandbox.sandbox import RunResult, Sandbox
from rltf.sandbox.zygote import SandboxError

__all__ = ["Limits", "RunResult", "Sandbox", "SandboxError"]
