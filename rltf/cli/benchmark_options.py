"""Options of ``rltf bench`` that other commands have too."""

from __future__ import annotations

from datetime import date

import click


def _parse_ks(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    if value is None:
        return None
    items = [item.strip() for item in value.split(",")]
    if not all(item.isascii() and item.isdigit() and int(item) for item in items):
        raise click.BadParameter(f"must be whole numbers above 0 like 1,5, not {value!r}.")
    return sorted({int(item) for item in items})


def _parse_day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"must be a day like 2024-08-01, not {value!r}.") from None


ks_option = click.option(
    "--k", "ks", callback=_parse_ks, metavar="K,K", help="Values of k for pass@k.  [default: 1,5]"
)
partial_option = click.option(
    "--partial", is_flag=True, help="Compute pass@k of an incomplete file."
)
sanitize_option = click.option(
    "--sanitize/--no-sanitize",
    default=None,
    help="Keep only the code that the tested functions need, as EvalPlus does.  [default: set by --like]",
)
after_option = click.option(
    "--after",
    callback=_parse_day,
    metavar="DAY",
    help="Use only problems published on this day or later, such as 2024-08-01.",
)
before_option = click.option(
    "--before",
    callback=_parse_day,
    metavar="DAY",
    help="Use only problems published on this day or earlier.",
)
