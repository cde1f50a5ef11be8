"""benchmarks/augment.py, run as a person runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

GRADE = """
def grade(points):
    if points > 15:
        return "A"
    if points > 10:
        return "B"
    if points > 5:
        return "C"
    return "D"
"""
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "augment.py"


def run(data: Path) -> dict[tuple[str, str], list[int]]:
    """Dataset and kind of program to the three counts of a row."""
    command = [sys.executable, str(SCRIPT), "--data", str(data), "--problems", "2"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = done.stdout.split("---\n")[-1].splitlines()
    cells = [[cell for cell in row.split("  ") if cell] for row in rows]
    return {
        (dataset.strip(), kind.strip()): list(map(int, counts))
        for dataset, kind, *counts, _ in cells
    }


@pytest.mark.slow
def test_mutants_that_passed_fail_and_references_do_not(tmp_path: Path) -> None:
    tests = ["assert grade(20) == 'A'", "assert grade(1) == 'D'"]
    problem = {"text": "", "test_list": tests, "test_setup_code": "", "code": GRADE}
    lines = [json.dumps(problem | {"task_id": number}) for number in (1, 2, 3)]
    (tmp_path / "mbpp.jsonl").write_text("\n".join(lines))
    folder = tmp_path / "apps" / "0000"
    folder.mkdir(parents=True)
    (folder / "question.txt").write_text("Add.")
    (folder / "input_output.json").write_text(json.dumps({"inputs": ["1 2"], "outputs": ["3"]}))
    right = "a, b = map(int, input().split())\nprint(a + b if a < 100 else a)\n"
    wrong = "print(sum(map(int, input().split())))\n"
    (folder / "solutions.json").write_text(json.dumps([right]))
    recorded = [{"code": code} for code in (right, wrong, "print(0)\n")]
    (folder / "gen_solutions.json").write_text(json.dumps(recorded))
    table = run(tmp_path)
    assert table["MBPP", "references"] == [2, 2, 0]
    assert table["APPS", "references"] == [1, 1, 0]
    programs, passed, fail_now = table["MBPP", "mutants, held out"]
    assert programs > passed >= fail_now > 0
    assert table["APPS", "recorded"][:2] == [3, 2]
    assert table["APPS", "recorded"][2] == 1


@pytest.mark.slow
def test_without_data_it_is_mini(tmp_path: Path) -> None:
    assert run(tmp_path)["mini, 3 tests", "references"] == [2, 2, 0]
