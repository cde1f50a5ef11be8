"""Why a run cannot go on."""


class RunError(Exception):
    """A run cannot go on; the message says why and what to do."""
