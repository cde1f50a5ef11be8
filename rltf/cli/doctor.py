"""``rltf doctor``: show the layers of the sandbox on this machine and attack them."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rltf.sandbox.doctor.examination import Report


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Show the sandbox layers on this machine, and attack each one.

    Exits with 0 if every attack was stopped, and with 1 if one got through or could not be tried.
    """
    from rltf.sandbox.doctor.examination import examine

    report = examine()
    click.echo(json.dumps(report.to_dict(), indent=2) if as_json else _tables(report))
    broken = [finding.name for finding in report.findings if not finding.held]
    if broken:
        click.echo(f"rltf: the sandbox does not hold here: {', '.join(broken)}", err=True)
        ctx.exit(1)


def _tables(report: Report) -> str:
    from tabulate import tabulate

    layers = [
        [
            layer.name,
            "in force" if layer.in_force else "missing",
            textwrap.fill(layer.protects, 40),
            textwrap.fill(layer.how, 48),
        ]
        for layer in report.layers
    ]
    findings = [
        [
            finding.name,
            "held" if finding.held else "NOT held",
            ", ".join(finding.layers),
            textwrap.shorten(finding.detail, 60),
        ]
        for finding in report.findings
    ]
    return "\n\n".join(
        (
            tabulate(layers, headers=("layer", "state", "protects", "how to get it")),
            tabulate(findings, headers=("attack", "state", "layers", "what it met")),
        )
    )
