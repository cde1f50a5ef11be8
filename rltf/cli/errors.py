"""How a command fails: what it says, and its exit code."""

from __future__ import annotations

import click


class Refused(click.ClickException):
    """A well-formed call that cannot be carried out. Exit code 2, and no hint at ``--help``: it would not help."""

    exit_code = 2
