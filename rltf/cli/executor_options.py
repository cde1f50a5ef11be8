"""``--executor`` and ``--isolation``, the same for every command that runs programs."""

from __future__ import annotations

from typing import Any

import click

from rltf import manager
from rltf.dataset import Dataset, isolation_of

_EXECUTOR_HELP = "Executor that runs programs."

executor_option = click.option(
    "--executor", default="sandbox", show_default=True, metavar="NAME", help=_EXECUTOR_HELP
)
executor_setting = click.option("--executor", metavar="NAME", help=f"{_EXECUTOR_HELP}  [sandbox]")
"""Without a default: a run that is continued keeps its executor."""
isolation_option = click.option(
    "--isolation",
    type=click.Choice(["test", "program"]),
    help="Load the program anew for each test, or once for all tests.  [set by the dataset]",
)


def isolation_options(executor: str, dataset: Dataset, asked: str | None) -> dict[str, Any]:
    """The executor's options for the isolation that is asked for, or else is the dataset's own.

    An executor without such an option judges in its own way: none is given to it.
    """
    isolation = asked or isolation_of(dataset)
    options = manager.accepted_options("executor", executor, {"isolation": isolation})
    if asked and not options:
        raise click.UsageError(f"executor {executor} has no --isolation.")
    return options
