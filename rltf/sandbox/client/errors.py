"""What can go wrong with the sandbox itself."""

from __future__ import annotations


class ZygoteDied(Exception):
    """The zygote is gone or does not answer. What it has not answered must run again."""


class SandboxError(Exception):
    """The sandbox cannot be started here. The message says why and what to do."""
