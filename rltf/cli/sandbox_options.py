"""``--executor``, ``--isolation``, ``--judging`` and ``--require-layer``, for several commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from rltf import manager
from rltf.cli.option_type import option_type
from rltf.dataset import Dataset, Isolation, isolation_of
from rltf.verdict import JudgingChoice

_EXECUTOR_HELP = "Executor that runs programs."

executor_option = click.option(
    "--executor", default="sandbox", show_default=True, metavar="NAME", help=_EXECUTOR_HELP
)
executor_setting = click.option(
    "--executor", metavar="NAME", help=f"{_EXECUTOR_HELP}  [default: sandbox]"
)
"""Without a default, so that a resumed run keeps its executor."""
isolation_option = click.option(
    "--isolation",
    type=option_type(Isolation),
    help="Load the program anew for each test, or once for all tests.  [default: set by the dataset]",
)
judging_option = click.option(
    "--judging",
    type=option_type(JudgingChoice),
    help="Run test code apart from the program (split), in its process (guarded), or in its process "
    "only where it has to be there.  [default: auto]",
)


def judging_options(executor: str, judging: str | None) -> dict[str, Any]:
    """Return the executor's options for ``--judging``: none if the user has not set it.

    Raises an error if the user has set it and the executor has no such option.
    """
    if judging is None:
        return {}
    options = manager.accepted_options("executor", executor, {"judging": judging})
    if not options:
        raise click.UsageError(f"executor {executor} has no --judging.")
    return options


def isolation_options(executor: str, dataset: Dataset, isolation: str | None) -> dict[str, Any]:
    """Return the executor's options for the isolation, which defaults to the dataset's.

    Returns no options for an executor that has no option ``isolation``; raises an error if the user
    has set one.
    """
    options = manager.accepted_options(
        "executor", executor, {"isolation": isolation or isolation_of(dataset)}
    )
    if isolation and not options:
        raise click.UsageError(f"executor {executor} has no --isolation.")
    return options


def _check_layers(ctx: click.Context, param: click.Parameter, names: Sequence[str]) -> None:
    """Check, before any work is done, that a sandbox with these layers can start."""
    if not names:
        return
    from rltf.sandbox import Sandbox

    try:
        Sandbox(workers=1, require_layers=names).close()
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


require_layer = click.option(
    "--require-layer",
    multiple=True,
    metavar="NAME",
    expose_value=False,
    callback=_check_layers,
    help="Refuse to run if this layer of the sandbox is missing (see rltf doctor). Repeatable.",
)
