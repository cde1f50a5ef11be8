"""``rltf report``: a run, a benchmark, an audit or a comparison as one page of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from rltf.cli.option_type import option_type
from rltf.common.options import NonNegativeInt, Port

_PORT = 8760


@click.command()
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Page to write.  [default: report.html in the folder]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="File or folder that holds the dataset.  [default: what PATH names]",
)
@click.option(
    "--failures",
    type=option_type(NonNegativeInt),
    default=100,
    show_default=True,
    metavar="N",
    help="Run the first failing test of the last N failing programs again, to show what they gave.",
)
@click.option("--open", "is_opened", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--serve",
    "is_served",
    is_flag=True,
    help="Serve the page, which follows the run; Ctrl-C stops.",
)
@click.option("--host", metavar="HOST", help="Address to serve on.  [default: 127.0.0.1]")
@click.option(
    "--port",
    type=option_type(Port),
    metavar="N",
    help=f"Port to serve on; 0 is any free one.  [default: {_PORT}]",
)
def report(
    paths: Sequence[Path],
    out: Path | None,
    data: Path | None,
    failures: int,
    is_opened: bool,
    is_served: bool,
    host: str | None,
    port: int | None,
) -> None:
    """Write an HTML page about PATH, which needs no network.

    PATH is a folder of rltf run or rltf bench, finished or not, an audit.json, or what rltf compare
    --format json writes. Several results are compared with the first. The page has curves, tables
    and a browser of samples: each program with every token tinted by its advantage, its tests, its
    rewards and its diagnosis.
    """
    if is_served and out is not None:
        raise click.UsageError("--serve writes no file: leave out --out.")
    if not is_served and (host is not None or port is not None):
        raise click.UsageError("--host and --port are for --serve: give that too.")
    from rltf.report.sources import open_source

    source = open_source(list(paths), data, failures)
    if is_served:
        from rltf.report.server import serve

        def on_ready(url: str) -> None:
            click.echo(f"{url} shows the report; Ctrl-C stops")
            _open(url, is_opened)

        serve(source, host or "127.0.0.1", _PORT if port is None else port, on_ready)
        return
    from rltf.common.file_writes import replacing
    from rltf.report.html import page_html

    page = page_html(source.refresh(), source)
    file = out or _default(paths)
    with replacing(file) as opened:
        opened.write(page.encode())
    click.echo(str(file))
    _open(file.resolve().as_uri(), is_opened)


def _default(paths: Sequence[Path]) -> Path:
    if len(paths) > 1:
        return Path("report.html")
    (path,) = paths
    return path / "report.html" if path.is_dir() else path.with_suffix(".html")


def _open(url: str, is_opened: bool) -> None:
    if not is_opened:
        return
    import webbrowser

    if not webbrowser.open(url):
        click.echo(f"rltf: no browser was found; open {url}", err=True)
