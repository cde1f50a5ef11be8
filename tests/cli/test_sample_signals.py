"""``rltf bench --samples`` and ``rltf compare`` when a signal ends them at the worst moments."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from ..forked import Forks
from .test_sample_results import COMPLETE, PROBLEMS

MOMENTS = {
    "first line": ("rltf.cli.resumable_output:_PartLines.write", 1),
    "last line": ("rltf.cli.resumable_output:_PartLines.write", 4),
    "results": ("rltf.cli.sample_judging:write_json", 1),
    "name of the lines": ("rltf.cli.resumable_output:put_in_place", 1),
}
BENCH = ["bench", "file", "--data=problems.jsonl", "--samples=samples.jsonl", "--json"]
CHANGING = ("seconds", "slowest", "verdicts")


def ended(place: str, call: int, number: int) -> str:
    """Return code that ends the process with a signal at the n-th call of a function."""
    return f"import signal\nat({place!r}, {call}, lambda: signal.raise_signal({number}))\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rows in {"problems": PROBLEMS, "samples": COMPLETE}.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tmp_path


@pytest.fixture
def there(forks: Forks, folder: Path) -> Forks:
    return forks.beginning_with(f"os.chdir({str(folder)!r})\n")


def results(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "results.json").read_text())
    return {name: value for name, value in found.items() if name not in CHANGING}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_benchmark_of_samples_goes_on_where_a_signal_ended_it(
    there: Forks, folder: Path, moment: str, number: signal.Signals
) -> None:
    assert there([*BENCH, "--out=whole"]).code == 0
    stopped = there([*BENCH, "--out=stopped"], ended(*MOMENTS[moment], number))
    if number is signal.SIGTERM:
        assert stopped.code == 143
        assert "Traceback" not in stopped.stderr
        assert stopped.stderr.count("rltf: stopped") == 1
    else:
        assert stopped.code == -signal.SIGKILL
    again = there([*BENCH, "--out=stopped"])
    assert again.code == 0, again.stderr
    assert results(folder / "stopped") == results(folder / "whole")
    names = [
        sorted(file.name for file in (folder / name).iterdir()) for name in ("stopped", "whole")
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda each: each.name)
def test_a_signal_ends_a_comparison_with_one_line(
    there: Forks, folder: Path, number: signal.Signals
) -> None:
    for name in "ab":
        assert there([*BENCH, f"--out={name}"]).code == 0
    place = "rltf.compare.comparison:compare"
    stopped = there(["compare", "a", "b"], ended(place, 1, number))
    assert stopped.code == 128 + number
    assert (stopped.stdout, stopped.stderr) == ("", "\nrltf: stopped\n")
