"""``--require-layer``, the same for every command that uses a sandbox."""

from __future__ import annotations

from collections.abc import Sequence

import click


def _check(ctx: click.Context, param: click.Parameter, names: Sequence[str]) -> None:
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
    callback=_check,
    help="Refuse to run if this layer of the sandbox is missing (see rltf doctor). Repeatable.",
)
