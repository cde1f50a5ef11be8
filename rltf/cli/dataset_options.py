"""``--data``, ``--limit``, ``--seed`` and the like, for all commands that read a dataset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from rltf.cli.option_type import option_type
from rltf.common.options import PositiveInt
from rltf.reward import DEFAULT_REWARDS

_Option = Callable[[Any], Any]
_SEED_HELP = "Random seed; the same seed gives the same output."

data_option = click.option("--data", metavar="PATH", help="File or folder that holds the dataset.")
limit_option = click.option(
    "--limit", type=option_type(PositiveInt), metavar="N", help="Use only the first N problems."
)
split_option = click.option(
    "--split", metavar="NAME", default="all", show_default=True, help="Split to use."
)
seed_option = click.option(
    "--seed", type=int, default=0, show_default=True, metavar="N", help=_SEED_HELP
)
seed_setting = click.option("--seed", type=int, metavar="N", help=f"{_SEED_HELP}  [default: 0]")
"""Without a default, so that a resumed command keeps its seed."""


def dataset_option(*, required: bool) -> _Option:
    """Return ``--dataset`` for a command that reads samples."""
    return click.option(
        "--dataset", required=required, metavar="NAME", help="Dataset that the samples belong to."
    )


def reward_option(name: str, text: str) -> _Option:
    """Return ``--reward`` with the rewards of a run as its default.

    Args:
        name: The name of the parameter.
        text: What the command does with rewards.
    """
    return click.option(
        "--reward", name, default=DEFAULT_REWARDS, show_default=True, metavar="A,B", help=text
    )
