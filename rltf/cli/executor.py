"""``--executor``, the same for every command that runs programs."""

from __future__ import annotations

import click

executor_option = click.option(
    "--executor", default="sandbox", show_default=True, metavar="NAME", help="What runs programs."
)
