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
    kept = {"coarse": (0.4, 0.6), "coarse-fine": (0.5, 0.7, 0.9)}
    for row, after in kept.items():
        for seed, share in enumerate(after):
            outcome = SCRIPT["Outcome"](row, seed, "", "", {}, 0.3, share, {}, 640, 64, 9.0, [])
            (bench.kept / f"{row}-{seed}.json").write_text(json.dumps(asdict(outcome)))
    assert list(SCRIPT["table_lines"](table, bench.outcome, 2)) == [
        ["coarse", "2", "30.0 ± 0.0", "50.0 ± 127.1", "", "640", "64"],
        ["coarse-fine", "2", "30.0 ± 0.0", "60.0 ± 127.1", "10.0 ± 0.0", "640", "64"],
    ]
    _, more = SCRIPT["table_lines"](table, bench.known, 3)
    assert more == ["coarse-fine", "3", "30.0 ± 0.0", "70.0 ± 49.7", "10.0 ± 0.0", "640", "64"]


def test_what_is_kept_is_of_rows_that_exist() -> None:
    for file in SCRIPT["KEPT"].glob("*/*.json"):
        outcome = SCRIPT["Outcome"](**json.loads(file.read_text()))
        assert file.stem == f"{outcome.row}-{outcome.seed}"
        assert outcome.options == SCRIPT["ROWS"][outcome.row].options


def test_every_row_of_a_table_is_a_configuration() -> None:
    named = {row for table in SCRIPT["TABLES"].values() for row in table.rows}
    assert named <= set(SCRIPT["ROWS"])
    sources = {row.samples_of for row in SCRIPT["ROWS"].values() if row.samples_of}
    assert named | sources == set(SCRIPT["ROWS"])
