"""``rltf compare``: results of several models over the same problems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import click

from rltf.cli.benchmark_options import ks_option
from rltf.cli.option_type import option_type
from rltf.common.options import Bounds, NonNegativeInt

_SHOWN = 10
_Difference = Annotated[float, Bounds(above=0, below=1)]


@click.command()
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("others", metavar="B [C…]", type=click.Path(path_type=Path), nargs=-1)
@ks_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="Form of the output.",
)
@click.option(
    "--power",
    type=option_type(_Difference),
    metavar="D",
    help="Say how many problems and samples would show a difference in pass@1 of D, such as 0.02.",
)
@click.option(
    "--limit",
    type=option_type(NonNegativeInt),
    metavar="N",
    help=f"Name at most N problems that changed, of each kind.  [default: {_SHOWN}]",
)
def compare(
    first: Path,
    others: Sequence[Path],
    ks: Sequence[int] | None,
    form: str,
    power: float | None,
    limit: int | None,
) -> None:
    """Compare the results B, C … with A over the problems that both have.

    A result is a folder of rltf bench, a results.json, a file that rltf score wrote, or a result
    file of EvalPlus, HumanEval or LiveCodeBench. Shows the paired difference of pass@k with a 95 %
    interval and an exact sign test, what errors became, and the problems that changed. Warns where
    the results were measured under other conditions.
    """
    from rltf.compare import comparison, reading, rendering

    if not others:
        raise click.UsageError("compare needs two results at least: give A and B.")
    measured = reading.read_all([first, *others])
    found = comparison.compare(measured, ks, power)
    shown = _SHOWN if limit is None else limit
    click.echo(rendering.render(found, form, shown))  # type: ignore[arg-type]
