"""What each kind of folder and file becomes, whole, torn, empty or hostile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rltf.cli import main
from rltf.errors import DataError
from rltf.report.page_model import Chart, Page, row
from rltf.report.sources import open_source

from .report_files import OUTCOME, PROBLEM, metrics, sample, write_lines, write_run


def charts(page: Page) -> dict[str, Chart]:
    return {chart.id: chart for section in page.sections for chart in section.charts}


def test_a_run_that_goes_on_is_read_from_where_the_last_reading_ended(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [metrics(1)], [sample("add", "a")])
    source = open_source([run], None, 0)
    page = source.refresh()
    assert not page.finished
    assert "1 of 10 steps" in page.subtitle
    with (run / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(metrics(2)) + "\n" + '{"step": 3, "po')
    with (run / "samples.jsonl").open("a") as file:
        file.write(json.dumps(sample("other", "b")) + "\n" + '{"task_id": "torn')
    page = source.refresh()
    assert list(charts(page)["reward"].series[0].x) == [1, 2]
    assert [each.task for each in source.samples] == ["add", "other"]
    assert source.restarts == 0
    assert page.notes == []


@pytest.mark.parametrize(
    ("reward", "rewards", "names"),
    [
        (0.5, {"coarse": 0.5}, ["coarse"]),
        (0.25, {"coarse": 0.5}, ["sum", "coarse"]),
        (0.5, {"coarse": 0.5, "fine": 0.0}, ["sum", "coarse", "fine"]),
    ],
)
def test_a_single_reward_needs_no_sum(
    tmp_path: Path, reward: float, rewards: dict[str, float], names: list[str]
) -> None:
    figures = [metrics(1, round={"reward": reward, "rewards": rewards})]
    page = open_source([write_run(tmp_path / "run", figures, [])], None, 0).refresh()
    assert [series.name for series in charts(page)["reward"].series] == names


def test_a_run_that_continues_from_its_checkpoint_is_read_anew(tmp_path: Path) -> None:
    run = write_run(
        tmp_path / "run", [metrics(1), metrics(2)], [sample("add", str(n)) for n in "ab"]
    )
    source = open_source([run], None, 0)
    source.refresh()
    write_lines(run / "metrics.jsonl", [metrics(1), metrics(2, policy_loss=9.0), metrics(3)])
    write_lines(run / "samples.jsonl", [sample("add", text) for text in ("a", "longer", "c")])
    page = source.refresh()
    assert source.restarts == 1
    assert [each.program for each in source.samples] == ["a", "longer", "c"]
    assert list(charts(page)["loss"].series[0].y) == [-0.1, 9.0, -0.1]


def test_figures_that_are_not_finite_and_lines_that_are_no_objects(tmp_path: Path) -> None:
    lines = [metrics(1, policy_loss=float("nan")), metrics(2, gradient_norm=float("inf"))]
    run = write_run(tmp_path / "run", lines, [sample("add", "a"), {"task_id": "add"}])
    with (run / "metrics.jsonl").open("a") as file:
        file.write("[1]\n{\n" + json.dumps(metrics(3)) + "\n")
    page = open_source([run], None, 0).refresh()
    assert list(charts(page)["loss"].series[0].x) == [2, 3]
    assert list(charts(page)["gradient"].series[0].x) == [1, 3]
    assert "2 lines of metrics.jsonl cannot be read and are left out." in page.notes
    assert "1 lines hold no sample with a verdict and are left out." in page.notes


def test_a_run_without_a_step_says_so(tmp_path: Path) -> None:
    page = open_source([write_run(tmp_path / "run", [], [])], None, 0).refresh()
    assert page.sections == []
    assert page.notes == ["No step is finished yet: the curves begin with the first one."]


def test_a_finished_run_has_its_evaluations_with_intervals(tmp_path: Path) -> None:
    held_out = {"step": 2, "pass_at_1": 0.5, "interval": [0.4, 0.6], "errors": {"passed": 1}}
    run = write_run(tmp_path / "run", [metrics(2, held_out=held_out), metrics(4)], [])
    summary = {
        "pass_at_1": {"before": 0.25, "after": 0.75},
        "interval": {"before": [0.1, 0.4], "after": [0.6, 0.9]},
        "errors": {"before": {"passed": 1}, "after": {"passed": 3}},
        "seconds": {"total": 9.0, "update": 3.0},
    }
    (run / "summary.json").write_text(json.dumps(summary))
    page = open_source([run], None, 0).refresh()
    assert page.finished
    (series,) = charts(page)["held-out"].series
    assert [*zip(series.x, series.y, strict=True)] == [(0, 0.25), (2, 0.5), (4, 0.75)]
    assert series.high == [0.4, 0.6, 0.9]
    assert page.tiles[0].value == "75.0%"
    assert "+50.0 points since step 0" in page.tiles[0].note
    assert ["update", "3.0", "33.3%"] in page.sections[-1].tables[0].rows


def test_a_sample_has_its_diagnosis_its_tests_and_its_advantages(tmp_path: Path) -> None:
    error = {"type": "ZeroDivisionError", "message": "division by zero", "line": 2}
    outcome = OUTCOME | {"status": "runtime_error", "error": error}
    wrong = sample(
        "add", "def f(x):\n    return x / 0", status="runtime_error", error=error,
        tests=[outcome] * 2, advantages=[[0, 0.5], [4, -0.25]],
    )  # fmt: skip
    source = open_source([write_run(tmp_path / "run", [], [wrong])], None, 0)
    source.refresh()
    (view,) = source.samples
    assert view.diagnosis == "error, ZeroDivisionError, line 2"
    assert (view.line, view.lines) == (2, (2, 2))
    assert view.steps == [(0, 0.5), (4, -0.25)]
    assert view.rewards == {"coarse": -0.3, "fine": None}
    form = row(view)
    assert (form["step"], form["number"]) == (0, 0)
    assert not {"greedy", "truncated", "note", "failure"} & form.keys()
    problem = source.problem("add")
    assert problem is not None
    assert [(test.given, test.expected) for test in problem.tests] == [("f(1)", "2"), ("f(3)", "4")]


def test_a_dataset_that_is_gone_costs_the_tests_and_not_the_page(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [], [sample("add", "a")], data=str(tmp_path / "gone"))
    source = open_source([run], None, 5)
    page = source.refresh()
    assert len(source.samples) == 1
    assert any(note.startswith("tests and prompts are not shown: ") for note in page.notes)


def test_failing_programs_run_again_as_far_as_asked(tmp_path: Path) -> None:
    programs = [f"def f(x):\n    return x + {n}" for n in (2, 3)]
    run = write_run(tmp_path / "run", [], [sample("add", each) for each in programs])
    source = open_source([run], None, 1)
    source.refresh()
    assert [bool(view.failure) for view in source.samples] == [False, True]
    assert "got:      4" in source.samples[1].failure
    assert "expected: 2" in source.samples[1].failure


def bench_folder(folder: Path) -> Path:
    folder.mkdir()
    config = {"n": 1, "sampling": {}, "policy": "tiny", "dataset": "file", "data": "digest"}
    (folder / "config.json").write_text(json.dumps(config))
    line = sample("add", "pass", status="passed")
    for name in ("greedy", "policy_step", "advantages"):
        del line[name]
    verdict = {name: line[name] for name in line if name not in ("solution", "truncated")}
    write_lines(folder / "samples.jsonl", [{"task_id": "add", "sample": 0, "solution": "pass"}])
    write_lines(folder / "verdicts.jsonl", [verdict])
    return folder


def test_a_benchmark_joins_programs_with_verdicts_and_has_intervals(tmp_path: Path) -> None:
    folder = bench_folder(tmp_path / "bench")
    source = open_source([folder], None, 0)
    assert not source.refresh().finished
    figure = {"value": 0.5, "low": 0.25, "high": 0.75, "problems": 1}
    group = {"problems": 1, "pass_at_k": {"1": figure}, "test_case_average": 0.5}
    results: dict[str, Any] = group | {
        "n": 1, "by_difficulty": {"easy": group}, "statuses": {"passed": 1},
        "seconds": {"total": 1.0}, "slowest": [{"task_id": "add", "seconds": 0.5}],
    }  # fmt: skip
    (folder / "results.json").write_text(json.dumps(results))
    page = source.refresh()
    assert page.finished
    (series,) = charts(page)["pass-at-k"].series
    assert (series.x, series.low, series.high) == (["easy", "all"], [0.25] * 2, [0.75] * 2)
    assert [(view.program, view.status) for view in source.samples] == [("pass", "passed")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "neither an audit, nor a comparison, nor results"),
        ('{"audits": 3}', "this is no audit of rltf"),
        ('{"pairs": [1], "results": []}', "this is no comparison of rltf"),
        ("[1]", "it is not a JSON object"),
        ('{"audits": [', "cannot read"),
    ],
)
def test_a_file_of_another_kind(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(content)
    with pytest.raises(DataError, match=said):
        open_source([file], None, 0).refresh()


@pytest.mark.parametrize("name", ["config.json", "summary.json"])
def test_a_run_of_another_version_is_named(tmp_path: Path, name: str) -> None:
    run = write_run(tmp_path / "run", [metrics(1)], [])
    file = run / name
    stored = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(stored | {"schema": 2}))
    shown = CliRunner().invoke(main, ["report", str(run)])
    assert (shown.exit_code, shown.stdout) == (2, "")
    fault = '"schema" is 2, and this version of rltf reads 1'
    assert shown.stderr == f"rltf: cannot read {file}: {fault}\n"


@pytest.mark.parametrize(
    "content",
    [{"pass_at_k": {}, "statuses": {}}, {"audits": []}, {"pairs": [], "results": []}],
)
def test_a_file_of_another_version_is_named(tmp_path: Path, content: dict[str, Any]) -> None:
    (tmp_path / "results.json").write_text(json.dumps({"schema": 2, **content}))
    for path in (tmp_path, tmp_path / "results.json"):
        with pytest.raises(DataError, match=r'results\.json: "schema" is 2, and this version'):
            open_source([path], None, 0)


def test_a_folder_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to report on"):
        open_source([tmp_path], None, 0)
    with pytest.raises(DataError, match="no such file or folder"):
        open_source([tmp_path / "gone"], None, 0)


def test_a_file_of_samples_is_no_result(tmp_path: Path) -> None:
    write_lines(tmp_path / "samples.jsonl", [sample("add", "a"), sample("add", "b")])
    with pytest.raises(DataError, match=r"cannot read .*samples.jsonl.*; give audit.json, results"):
        open_source([tmp_path / "samples.jsonl"], None, 0)


@pytest.fixture
def scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with samples, their problems, and what ``rltf score`` made of them."""
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "problems.jsonl", [PROBLEM | {"task_id": "add"}])
    programs = ["def f(x): return x + 1", "def f(x): return 0"]
    samples = [{"task_id": "add", "solution": program} for program in programs]
    write_lines(tmp_path / "samples-of-mine.jsonl", samples)
    command = ["score", "samples-of-mine.jsonl", "--dataset=file", "--data=problems.jsonl"]
    done = CliRunner().invoke(main, [*command, "--out=verdicts.jsonl"])
    assert done.exit_code == 0, done.output
    return tmp_path


def test_the_programs_of_scored_samples_come_from_their_file(
    scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    source = open_source([scored / "results.json"], None, 0)
    assert source.refresh().notes == []
    assert [each.program for each in source.samples] == [
        "def f(x): return x + 1",
        "def f(x): return 0",
    ]
    problem = source.problem("add")
    assert problem is not None
    assert len(problem.tests) == 2


@pytest.mark.parametrize("change", ["missing", "other"])
def test_a_report_says_why_it_has_no_programs(scored: Path, change: str) -> None:
    file = scored / "samples-of-mine.jsonl"
    if change == "missing":
        file.unlink()
    else:
        write_lines(file, [{"task_id": "add", "solution": "pass"}])
    source = open_source([scored / "results.json"], None, 0)
    (note,) = source.refresh().notes
    says = {"missing": "is not there", "other": "holds other samples than those that were scored"}
    assert note.startswith("programs are not shown: samples-of-mine.jsonl")
    assert says[change] in note
    assert [each.program for each in source.samples] == ["", ""]


def test_a_report_says_that_results_do_not_name_their_samples(scored: Path) -> None:
    file = scored / "results.json"
    results = json.loads(file.read_text())
    del results["samples"]["file"]
    file.write_text(json.dumps(results))
    note = "programs are not shown: results.json does not name the file of samples"
    assert open_source([file], None, 0).refresh().notes == [note]
