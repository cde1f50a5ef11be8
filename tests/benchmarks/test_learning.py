"""The table of benchmarks/learning.py: means over seeds, and rows compared on the same seeds."""

from __future__ import annotations

import json
import runpy
from dataclasses import asdict
from pathlib import Path

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "learning.py"))


def test_a_row_is_compared_with_the_first_on_the_same_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCRIPT["Bench"].kept.fget.__globals__, "KEPT", tmp_path)
    table = SCRIPT["Table"]("rewards", ("coarse", "coarse-fine"))
    bench = SCRIPT["Bench"]("mini", tmp_path / "runs", SCRIPT["STEPS"])
    bench.kept.mkdir()
    for row, after in {"coarse": (0.4, 0.6), "coarse-fine": (0.5, 0.7)}.items():
        for seed, share in enumerate(after):
            outcome = SCRIPT["Outcome"](row, seed, "", "", {}, 0.3, share, {}, 640, 64, 9.0, [])
            (bench.kept / f"{row}-{seed}.json").write_text(json.dumps(asdict(outcome)))
    assert list(SCRIPT["table_lines"](bench, table, 2)) == [
        ["coarse", "30.0 ± 0.0", "50.0 ± 127.1", "", "640", "9"],
        ["coarse-fine", "30.0 ± 0.0", "60.0 ± 127.1", "10.0 ± 0.0", "640", "9"],
    ]


def test_every_row_of_a_table_is_a_configuration() -> None:
    named = {row for table in SCRIPT["TABLES"].values() for row in table.rows}
    assert named <= set(SCRIPT["ROWS"])
    sources = {row.samples_of for row in SCRIPT["ROWS"].values() if row.samples_of}
    assert named | sources == set(SCRIPT["ROWS"])
