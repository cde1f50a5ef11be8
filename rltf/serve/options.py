"""The options of a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from rltf.common.options import Bounds, PositiveInt
from rltf.limits import Limits
from rltf.reward import DEFAULT_REWARDS

Port = Annotated[int, Bounds(at_least=0, at_most=65_535)]
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class ServeOptions:
    """How much a server takes on, and for whom."""

    limits: Limits
    """What one program may use at most; requests may ask for less."""
    queue: PositiveInt = 1024
    """Programs that are accepted and not answered yet, the running ones included."""
    max_body_mb: PositiveInt = 16
    """MiB of one request."""
    rewards: str = DEFAULT_REWARDS
    """The rewards that ``/score`` computes."""
    token: str | None = None
    """What a client has to know; ``None``: nothing."""

    @property
    def body_bytes(self) -> int:
        """Bytes of one request."""
        return self.max_body_mb * MEGABYTE
