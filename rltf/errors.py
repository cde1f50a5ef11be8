"""Every error that rltf raises on purpose: what each one means, and the exit code it stands for.

    exit code 2    the user can fix it: an option, a file, an installed package
    exit code 1    the call was right and the work failed: a sandbox that cannot start, a full disk

The message of an error is complete: what is wrong, where, and what to do about it. The command line
prints it as one line. Anything else that a command raises is a fault of rltf or of a plugin.

This module imports nothing, so every other module may import it.
"""


class RltfError(Exception):
    """The base class of all errors below."""

    exit_code = 1


class UserError(RltfError):
    """The user can fix this."""

    exit_code = 2


class DataError(UserError, ValueError):
    """The data of a dataset or a sample file cannot be used."""


class ConfigError(UserError, ValueError):
    """An option of a run is wrong."""


class BenchError(UserError, ValueError):
    """A benchmark cannot be measured as the options ask."""


class PluginError(UserError):
    """A plugin, an option of one, or a name that plugins register cannot be used."""


class PolicyError(PluginError):
    """A policy cannot be loaded."""


class PromptLengthError(PolicyError):
    """A prompt is longer than allowed, even without its question."""

    def __init__(self, message: str, tokens: int = 0) -> None:
        super().__init__(message)
        self.tokens = tokens
        """Length of the prompt without its question."""


class Refused(UserError):
    """A well-formed command cannot be carried out, for instance because its output exists already."""


class RunError(RltfError):
    """A training run cannot go on."""


class LastingFailure(RltfError, RuntimeError):
    """A plugin failed on several samples in a row in the same way."""


class SandboxError(RltfError):
    """The sandbox cannot start, or cannot do its work any more."""


class PluginWarning(UserWarning):
    """A plugin failed while it was used; the work goes on without its result."""
