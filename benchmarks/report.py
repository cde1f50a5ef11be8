"""How smooth the page of ``rltf report`` is with many samples, in Chromium.

    python benchmarks/report.py RUN [--samples N ...]

RUN is the folder of a run; its samples are repeated until there are N. Needs ``rltf[report]``,
selenium, chromium and chromium-driver. Each row of the table is a page with N samples. A *move* is
one press of an arrow key: the list and the sample that is shown change, and the browser lays both
out. *Scrolling* moves the list by 400 pixels in every frame, for 200 frames; the browser aims at a
frame each 16.7 ms.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import click
from tabulate import tabulate

from rltf.report.html import page_html
from rltf.report.sources import open_source

_MOVES = """
const times = [];
for (let n = 0; n < 200; n++) {
  const from = performance.now();
  move(1);
  document.body.offsetHeight;
  times.push(performance.now() - from);
}
return times;
"""
_SCROLL = """
const done = arguments[0], times = [];
let last = performance.now();
const frame = (now) => {
  times.push(now - last);
  last = now;
  byId("scroll").scrollTop += 400;
  if (times.length < 200) requestAnimationFrame(frame); else done(times);
};
requestAnimationFrame(frame);
"""
_FILTER = """
const from = performance.now();
byId("search").value = "return";
filterSamples();
document.body.offsetHeight;
return performance.now() - from;
"""
_READY = "const done = arguments[0]; const wait = () => store.shown.length === {} ? done() : setTimeout(wait, 20); wait();"


@click.command(help=__doc__.split("\n\n")[0])
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--samples", "counts", multiple=True, default=(1000, 10_000, 50_000), type=int)
def report(run: Path, counts: Sequence[int]) -> None:
    rows = [measure(run, count) for count in counts]
    columns = ["samples", "page", "until it is there", "move", "slowest of 20 moves"]
    columns += ["frame of scrolling", "slowest of 20 frames", "search"]
    click.echo(tabulate(rows, columns, disable_numparse=True))


def measure(run: Path, count: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "report.html")
        page.write_text(page_of(run, count, Path(folder, "run")))
        driver = chromium()
        try:
            start = time.perf_counter()
            driver.get(f"{page.as_uri()}#samples")
            driver.execute_async_script(_READY.format(count))
            ready = time.perf_counter() - start
            moves = driver.execute_script(_MOVES)
            frames = driver.execute_async_script(_SCROLL)
            search = driver.execute_script(_FILTER)
        finally:
            driver.quit()
        size = page.stat().st_size / 1e6
    return [
        f"{count:,}",
        f"{size:.1f} MB",
        f"{ready:.1f} s",
        *(f"{figure:.1f} ms" for times in (moves, frames) for figure in typical(times)),
        f"{search:.0f} ms",
    ]


def page_of(run: Path, count: int, copy: Path) -> str:
    """Return the page of a run with its samples repeated."""
    shutil.copytree(run, copy, ignore=shutil.ignore_patterns("model", "checkpoint*"))
    lines = (run / "samples.jsonl").read_text().splitlines(keepends=True)
    (copy / "samples.jsonl").write_text("".join(islice(cycle(lines), count)))
    source = open_source([copy], None, 0)
    return page_html(source.refresh(), source)


def chromium() -> Any:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1300,900"):
        options.add_argument(argument)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(300)
    return driver


def typical(times: Sequence[float]) -> tuple[float, float]:
    """Return the median, and the time that one in 20 exceeds."""
    return median(times), sorted(times)[int(0.95 * len(times))]


if __name__ == "__main__":
    report()
