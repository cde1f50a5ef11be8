"""``rltf plugins``: what is installed, what it registers, and what is broken."""

from __future__ import annotations

import json

import click

from rltf import manager


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def plugins(ctx: click.Context, as_json: bool) -> None:
    """List plugins: name, kind, version, distribution and status.

    RLTF_PLUGINS limits which installed plugins load: distributions or entry points, separated by
    commas; empty for none.
    """
    ctx.find_root().command.list_commands(ctx)  # type: ignore[attr-defined]
    rows = manager.registered()
    if as_json:
        click.echo(json.dumps([row.to_dict() for row in rows], indent=2))
        return
    from tabulate import tabulate

    columns = ("name", "kind", "version", "distribution", "status")
    table = [[row.to_dict()[column] or "" for column in columns] for row in rows]
    click.echo(tabulate(table, headers=columns, disable_numparse=True))
    for row in rows:
        if row.error:
            click.echo(f"\n{row.name} ({row.plugin.distribution}): {row.error}")
