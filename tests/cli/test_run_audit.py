"""``rltf run --audit``: what an audit leaves out is not trained on, on any rank or when resumed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .run_files import lines, run_arguments
from .test_run_ranks import RANKS, SMALL

COUNT = """
at("rltf.audit.making:make", 1, lambda: open("made", "a").write("once "))
"""


def problem(name: str, tests: list[tuple[int, int]], expression: str) -> dict[str, Any]:
    """A problem with a function, its tests and its reference."""
    return {
        "task_id": name,
        "prompt": f"Write {name}(n).",
        "entry_point": name,
        "tests": [{"args": [given], "expected": value} for given, value in tests],
        "solutions": [f"def {name}(n):\n    return {expression}"],
    }


PROBLEMS = [
    problem("broken", [(4, 2), (6, 3), (10, 5)], "n // 3"),
    problem("weak", [(0, 0), (1, 1)], "n * n"),
    *(problem(f"plus_{k}", [(1, 1 + k), (-5, k - 5), (7, 7 + k)], f"n + {k}") for k in range(4)),
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "problems.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in PROBLEMS))
    return file


def test_a_run_leaves_out_what_its_audit_found_and_remembers_it(
    forked: Any, data: Path, tmp_path: Path
) -> None:
    folder, audits = tmp_path / "run", tmp_path / "audits"
    settings = SMALL | {"seed": 1, "warmup_steps": 1, "steps": 1}
    del settings["reward"]  # the policy's own weights
    command = [*run_arguments(folder, settings), "--dataset=file", f"--data={data}", "--audit"]
    at_home = f"os.chdir({str(tmp_path)!r})\nos.environ['RLTF_AUDITS'] = {str(audits)!r}\n"
    done = forked(command, at_home + RANKS + COUNT)
    assert done.code == 0, done.stderr
    assert (tmp_path / "made").read_text() == "once "
    assert done.stderr.count("problems are left out, as") == 1
    assert set(json.loads((folder / "left_out.json").read_text())["left_out"]) == {"broken"}
    trained = {line["task_id"] for line in lines(folder / "samples.jsonl")}
    assert "broken" not in trained
    assert "weak" in trained
    (report,) = audits.rglob("*.json")
    audited = {each["task_id"]: each for each in json.loads(report.read_text())["audits"]}
    paid = audited["weak"]["rewards"]
    weighed = paid["coarse"]["refusal"] + 0.333 * paid["fine"]["refusal"]
    assert paid["total"]["refusal"] == pytest.approx(weighed), "audited with the run's rewards"

    shutil.rmtree(audits)
    done = forked(["run", f"--resume={folder}", "--steps=2"], at_home)
    assert done.code == 0, done.stderr
    trained = {line["task_id"] for line in lines(folder / "samples.jsonl")}
    assert "broken" not in trained
