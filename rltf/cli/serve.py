"""``rltf serve``: the sandbox behind HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rltf.cli.dataset_options import reward_option
from rltf.cli.option_type import option_type
from rltf.cli.sandbox_options import require_layer
from rltf.common.options import Port, PositiveFloat, PositiveInt
from rltf.errors import UserError
from rltf.limits import Limits

if TYPE_CHECKING:
    from rltf.serve.service import Service

TOKEN_VARIABLE = "RLTF_SERVE_TOKEN"
_INSTALL = "rltf serve needs its extra: pip install 'rltf[serve]'"


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Address to listen on."
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=option_type(Port),
    metavar="N",
    help="Port to listen on; 0 for a free one.",
)
@click.option(
    "--workers",
    type=option_type(PositiveInt),
    metavar="N",
    help="Maximum number of programs that run at the same time.  [default: one for each core]",
)
@click.option(
    "--queue",
    type=option_type(PositiveInt),
    metavar="N",
    default=1024,
    show_default=True,
    help="Maximum number of programs that wait or run; a request beyond it is told to retry.",
)
@click.option(
    "--max-body-mb",
    type=option_type(PositiveInt),
    metavar="N",
    default=16,
    show_default=True,
    help="Maximum size of a request, in MiB.",
)
@click.option(
    "--max-cpu-s",
    type=option_type(PositiveFloat),
    metavar="S",
    default=60.0,
    show_default=True,
    help="Maximum CPU time of a program, in seconds; a request may ask for less.",
)
@click.option(
    "--max-memory-mb",
    type=option_type(PositiveInt),
    metavar="N",
    default=1024,
    show_default=True,
    help="Maximum memory of a program, in MiB; a request may ask for less.",
)
@reward_option("rewards", "Rewards that /score computes.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"File with the token that clients must send.  [default: the environment variable {TOKEN_VARIABLE}]",
)
@require_layer
def serve(
    host: str,
    port: int,
    workers: int | None,
    queue: int,
    max_body_mb: int,
    max_cpu_s: float,
    max_memory_mb: int,
    rewards: str,
    token_file: Path | None,
) -> None:
    """Run and judge programs for other programs, over HTTP.

    Answers clients of SandboxFusion (/run_code, /submit), of open-instruct (/test_program,
    /test_program_stdio) and of OpenRLHF (/openrlhf), and /score, which judges and rewards many
    samples at a time. /docs describes them all.

    Ctrl-C or SIGTERM stops it, after it has answered the requests it accepted.
    """
    from rltf.scoring.scorer import Scorer

    try:
        from rltf.serve import server
        from rltf.serve.options import ServeOptions
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "rltf":
            raise
        raise UserError(_INSTALL) from None
    token = _token(token_file)
    Scorer(rewards)  # an unknown reward is found now, and not by the first request
    try:
        limits = Limits(cpu_s=max_cpu_s, memory_mb=max_memory_mb)
    except ValueError as error:
        raise UserError(str(error)) from None
    options = ServeOptions(limits, queue, max_body_mb, rewards, token)
    sock = server.listen(host, port)
    if token is None and not server.is_local(sock):
        click.echo(
            f"rltf: warning: {host} may be reached from other machines, and anybody may run "
            f"programs here: set {TOKEN_VARIABLE} or give --token-file",
            err=True,
        )

    def on_ready(service: Service) -> None:
        if not service.has_folder:
            click.echo(
                "rltf: warning: programs have no folder for files here (see rltf doctor)", err=True
            )
        click.echo(f"serving on {server.url_of(sock)}")

    server.run(sock, options, workers, on_ready)


def _token(file: Path | None) -> str | None:
    """Return the token from the file or the environment, or ``None``."""
    if file is None:
        token = os.environ.get(TOKEN_VARIABLE)
        source = TOKEN_VARIABLE
    else:
        token = file.read_text().strip()
        source = f"--token-file {file}"
    if token is not None and not token.strip():
        raise UserError(f"{source} is empty: it must hold the token")
    return token
