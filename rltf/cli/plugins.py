"""``rltf plugins``: list plugins with their status, and write new ones."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rltf import manager

KINDS = ("reward", "dataset", "policy", "classifier", "objective")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def plugins(ctx: click.Context, as_json: bool) -> None:
    """List plugins, or write a new one.

    The list shows the name, kind, version, distribution and status of each plugin.

    To limit which installed plugins are loaded, set the environment variable RLTF_PLUGINS to a
    comma-separated list of distributions or entry points; an empty value loads none.
    """
    if ctx.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError("--json is for the list alone.")
        return
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


@plugins.command()
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default=KINDS[0],
    show_default=True,
    help="Kind of plugin to write.",
)
def new(name: str, kind: str) -> None:
    """Write a plugin package, with passing tests, to the new folder ./NAME.

    NAME is also the name of its distribution, its entry point and the plugin it registers.
    """
    from rltf.scaffold import write_package

    folder = write_package(name, kind, Path())
    click.echo(f"wrote {folder}, the {kind} {name}; install it and run its tests:")
    click.echo(f"    pip install -e './{folder}[test]' && pytest {folder}")
