"""The sandbox: runs model-written programs against tests, fast and without trusting them."""

from rltf.limits import Limits
from rltf.sandbox.client.zygote import SandboxError
from rltf.sandbox.sandbox import RunResult, Sandbox

__all__ = ["Limits", "RunResult", "Sandbox", "SandboxError"]
