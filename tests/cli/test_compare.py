"""``rltf compare``: which results it reads, what it says of them, and what it warns of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rltf.cli import main

ROOT = Path(__file__).parents[2]
ABOUT: dict[str, Any] = {
    "schema": 1,
    "dataset": "mbpp",
    "split": "test",
    "policy": "a",
    "prompt": "chat",
    "preset": None,
    "sampling": {"temperature": 0.8, "top_p": 0.95, "max_new_tokens": 512, "seed": 0},
    "limits": {"cpu_s": 10.0, "memory_mb": 1024},
    "isolation": "program",
    "judging": "auto",
    "n": 2,
    "data": {"digest": "d1"},
    "pass_at_k": {"1": {}, "2": {}},
}
FIRST = {
    "1": ["passed", "passed"],
    "2": ["passed", "wrong_answer"],
    "3": ["runtime_error", "runtime_error"],
    "4": ["timeout", "timeout"],
    "only": ["passed", "passed"],
}
SECOND = {
    "1": ["passed", "passed"],
    "2": ["passed", "passed"],
    "3": ["wrong_answer", "passed"],
    "4": ["timeout", "unscored"],
}


def rltf(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


def folder(
    path: Path, statuses: Mapping[str, Sequence[str]], about: Mapping[str, Any] | None = ABOUT
) -> Path:
    """A folder as ``rltf bench`` leaves it, as far as a comparison reads it."""
    path.mkdir()
    lines = [
        json.dumps({"task_id": task, "sample": number, "status": status})
        for task, each in statuses.items()
        for number, status in enumerate(each)
    ]
    (path / "verdicts.jsonl").write_text("".join(f"{line}\n" for line in lines))
    if about is not None:
        (path / "results.json").write_text(json.dumps(about))
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return folder(tmp_path / "a", FIRST), folder(tmp_path / "b", SECOND)


def test_the_figures_are_of_the_problems_that_both_have(pair: tuple[Path, Path]) -> None:
    result = rltf(*pair, "--format", "json", "--power", "0.1")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["results"] == [{"name": "a", "policy": "a"}, {"name": "b", "policy": "a"}]
    (compared,) = found["pairs"]
    one, two = compared["figures"]
    assert (one["k"], one["problems"], one["better"], one["worse"]) == (1, 4, 2, 0)
    assert one["first"] == pytest.approx((1 + 0.5 + 0 + 0) / 4)
    assert one["second"] == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    assert one["difference"] == pytest.approx(0.25)
    assert (one["low"], one["high"]) == (0.0, 0.5)
    assert one["p"] == one["p_holm"] == 0.5
    # Task 4 has one scored sample by b.
    assert (two["problems"], two["first"], two["second"]) == (3, pytest.approx(2 / 3), 1.0)
    shares = {each["status"]: (each["first"], each["second"]) for each in compared["statuses"]}
    assert shares == {
        "passed": (0.375, 0.625),
        "wrong_answer": (0.125, 0.125),
        "runtime_error": (0.25, 0.0),
        "timeout": (0.25, 0.25),
    }
    assert [(each["source"], each["target"], each["share"]) for each in compared["moves"]] == [
        ("wrong_answer", "passed", 0.125),
        ("runtime_error", "passed", 0.125),
        ("runtime_error", "wrong_answer", 0.125),
    ]
    changed = {each["task_id"]: (each["first"], each["second"]) for each in compared["changed"]}
    assert changed == {"2": ([1, 2], [2, 2]), "3": ([0, 2], [1, 2])}
    assert (compared["only_first"], compared["only_second"]) == (["only"], [])
    assert compared["warnings"] == ["b: 1 samples are unscored and left out"]
    assert compared["power"]["samples"] is None  # of task 4, one sample is left


def test_the_table_and_markdown_show_them(pair: tuple[Path, Path]) -> None:
    table = rltf(*pair, "--limit", "1", "--power", "0.1").stdout
    assert re.search(r"pass@1 +4 +37.50 +62.50 +\+25.00 +\[\+0.00, \+50.00\] +2 +0 +0.500", table)
    assert re.search(r"runtime_error +25.00 +0.00 +-25.00", table)
    assert "runtime_error -> wrong_answer 12.50" in table
    assert "b is better on 2 problems: 2 (1/2 -> 2/2), … (1 more)" in table
    assert "b is worse on 0 problems\n" in table
    assert "left out, since only a has samples of them: only" in table
    assert "WARNING b: 1 samples are unscored" in table
    assert "To show 10.00 points:" in table
    markdown = rltf(*pair, "--format", "markdown", "--k", "1").stdout
    assert markdown.startswith("### b against a\n")
    assert re.search(r"^\| pass@1 +\| +4 \|", markdown, re.M)
    assert "pass@2" not in markdown


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"prompt": "plain"}, "prompt: chat (a), plain (c)"),
        ({"prompt": None}, "prompt: chat (a), not recorded (c)"),
        ({"limits": {"cpu_s": 3.0, "memory_mb": 1024}}, "limits: cpu_s 10.0 (a), cpu_s 3.0 (c)"),
        ({"data": {"digest": "d2"}}, "data digest: d1 (a), d2 (c)"),
        ({"judging": "guarded"}, "judging: auto (a), guarded (c)"),
        ({"isolation": "test"}, "isolation: program (a), test (c)"),
        ({"sanitize": True}, "sanitize: false (a), true (c)"),
        ({"preset": "evalplus"}, "preset: none (a), evalplus (c)"),
        (
            {"sampling": ABOUT["sampling"] | {"temperature": 0.2, "seed": 1}},
            "sampling: temperature 0.8 (a), temperature 0.2 (c)",
        ),
        ({"partial": {"without_samples": ["5"]}}, "c is incomplete: problems lack samples"),
        ({"modes": {"samples": {"guarded": 3}}}, "c: 3 samples were judged guarded, where a"),
        ({"policy": "other", "rltf": "0.2", "asked": "x"}, None),
    ],
)
def test_conditions_that_differ_are_named(
    tmp_path: Path, change: Mapping[str, Any], warning: str | None
) -> None:
    first = folder(tmp_path / "a", FIRST)
    other = folder(tmp_path / "c", FIRST, ABOUT | change)
    (compared,) = json.loads(rltf(first, other, "--format", "json").stdout)["pairs"]
    found = compared["warnings"]
    assert len(found) == (warning is not None)
    assert warning is None or found[0].startswith(warning)


def test_every_kind_of_result_is_read(tmp_path: Path) -> None:
    first = folder(tmp_path / "a", {"Mbpp/1": ["passed"], "Mbpp/2": ["timeout"]})
    lines = (first / "verdicts.jsonl").read_text()
    scored = tmp_path / "scored.jsonl"
    scored.write_text(lines)
    named = tmp_path / "scored.results.json"
    named.write_text(json.dumps(ABOUT | {"verdicts": "scored.jsonl"}))
    bare = tmp_path / "bare.jsonl"
    bare.write_text(lines)
    statuses = {"Mbpp/1": "pass", "Mbpp/2": "timeout"}
    evalplus = {
        task: [{"task_id": task, "solution": "x", "base_status": status, "plus_status": None}]
        for task, status in statuses.items()
    }
    (tmp_path / "x_eval_results.json").write_text(json.dumps({"eval": evalplus}))
    unfinished = folder(tmp_path / "unfinished", {"Mbpp/1": ["passed"]}, None)
    (unfinished / "config.json").write_text(json.dumps(ABOUT | {"data": "d1"}))
    warnings = {
        first / "results.json": [],
        first / "verdicts.jsonl": [],
        scored: [],
        named: [],
        bare: ["bare: no results.json, so its conditions are not known"],
        tmp_path / "x_eval_results.json": [
            "x_eval_results: no results.json, so its conditions are not known"
        ],
        unfinished: ["unfinished is not finished: the same rltf bench command continues it"],
    }
    before = {"Mbpp/1": ["wrong_answer"], "Mbpp/2": ["timeout"]}
    reference = folder(tmp_path / "reference", before)
    for other, expected in warnings.items():
        result = rltf(reference, other, "--format", "json")
        assert result.exit_code == 0, f"{other}: {result.stderr}"
        (compared,) = json.loads(result.stdout)["pairs"]
        assert compared["warnings"] == expected
        assert compared["figures"][0]["better"] == 1
        assert [(each["source"], each["target"]) for each in compared["moves"]] == [
            ("wrong_answer", "passed")
        ]


def test_several_results_are_all_compared_with_the_first(pair: tuple[Path, Path]) -> None:
    third = folder(pair[0].parent / "c", FIRST)
    found = json.loads(rltf(*pair, third, "--k", "1", "--format", "json").stdout)
    assert [(each["first"], each["second"]) for each in found["pairs"]] == [("a", "b"), ("a", "c")]
    figures = [each["figures"][0] for each in found["pairs"]]
    assert [(each["p"], each["p_holm"]) for each in figures] == [(0.5, 1.0), (1.0, 1.0)]
    assert "p (Holm)" in rltf(*pair, third).stdout


def test_equal_names_are_told_apart(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        folder(tmp_path / name / "out", FIRST)
    shown = rltf(tmp_path / "x" / "out", tmp_path / "y" / "out").stdout
    assert shown.startswith("y/out against x/out\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file or folder"),
        ("", "no samples in this file"),
        ('{"task_id": 1, "status": "fine"}\n', "line 1: no verdict"),
        ('{"task_id": 1, "status": "passed"}\nnot JSON\n', "line 2: "),
        ('{"task_id": 1, "status": ["passed"]}\n', "line 1: no verdict"),
        ('{"task_id": NaN, "status": "passed"}\n', 'line 1: "task_id" must be text'),
        ('{"task_id": {}, "status": "passed"}\n', 'line 1: "task_id" must be text'),
        ('{"task_id": 1, "solution": "x"}\n', "samples without results: rltf score "),
        ('{"prompt": "Do.", "response": "x"}\n', "samples without results: rltf score "),
        ('["x", "y"]\n', "samples without results: rltf score "),
        ('{"task_id": 1, "prompt": "", "tests": []}\n', "not results: rltf bench file --data "),
        (
            '{"task_id": 1, "code": "x", "test_list": []}\n',
            "not results: rltf bench DATASET --data ",
        ),
        ('{"task_id": 9, "status": "passed"}\n', "share no problem with scored samples"),
        ("\0\1\2", "x.jsonl"),
    ],
)
def test_what_holds_no_results_is_one_line(
    tmp_path: Path, content: str | None, message: str
) -> None:
    first, other = folder(tmp_path / "a", FIRST), tmp_path / "x.jsonl"
    if content is not None:
        other.write_text(content)
    refused = rltf(first, other)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert message in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "give A and B"),
        (["A"], "the same results are given twice"),
        (["B", "--k", "3"], "pass@3: a and b share no problem with 3 samples"),
        (["B", "--power", "2"], "it must be a number above 0 and below 1"),
        (["EMPTY"], "no verdicts.jsonl in this folder"),
        (["TORN"], "cannot read"),
    ],
)
def test_bad_usage_is_one_line(pair: tuple[Path, Path], options: list[str], message: str) -> None:
    (pair[0].parent / "empty").mkdir()
    folder(pair[0].parent / "torn", FIRST)
    (pair[0].parent / "torn" / "results.json").write_text('{"pass')
    places = {"A": pair[0], "B": pair[1]}
    places |= {name.upper(): pair[0].parent / name for name in ("empty", "torn")}
    refused = rltf(pair[0], *(places.get(option, option) for option in options))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert message in refused.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, '"schema" is 2, and this version of rltf reads 1'),
        ({"schema": "new"}, "\"schema\" is 'new', and this version"),
        ({"sampling": [0.8]}, '"sampling" must be an object, not [0.8]'),
        ({"limits": 5}, '"limits" must be an object, not 5'),
        ({"statuses": "x"}, '"statuses" must be an object'),
        ({"modes": [1]}, '"modes" must be an object'),
        ({"modes": {"samples": 3}}, '"samples" must be an object, not 3'),
        ({"pass_at_k": 1}, '"pass_at_k" must be an object'),
        ({"pass_at_k": {"one": {}}}, "\"pass_at_k\" must be by whole numbers, not 'one'"),
        ({"verdicts": "../b/verdicts.jsonl"}, '"verdicts" must name a file beside it'),
        ({"verdicts": ""}, '"verdicts" must name a file beside it'),
        ({"verdicts": None}, '"verdicts" must name a file beside it'),
    ],
)
def test_results_that_this_version_did_not_write_are_one_line(
    pair: tuple[Path, Path], change: dict[str, Any], message: str
) -> None:
    strange = folder(pair[0].parent / "strange", FIRST, ABOUT | change)
    for first in (strange, strange / "results.json"):
        refused = rltf(first, pair[1])
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert message in refused.stderr
        assert "strange/results.json: " in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_fields_that_nobody_knows_or_that_are_empty_do_not_matter(pair: tuple[Path, Path]) -> None:
    empty = dict.fromkeys(("sampling", "limits", "modes", "statuses", "pass_at_k"))
    more = folder(pair[0].parent / "more", FIRST, ABOUT | empty | {"future": [{}]})
    assert rltf(more, pair[1]).exit_code == 0


def test_lost_and_repeated_verdicts_are_named(pair: tuple[Path, Path]) -> None:
    counted = ABOUT | {"statuses": {"passed": 12, "unscored": 1}}
    other = folder(pair[0].parent / "other", FIRST, counted)
    file = other / "verdicts.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines, *lines[:2]]))
    shown = rltf(other, pair[1]).stdout
    assert "WARNING other: 1 verdicts that its results.json counts are missing" in shown
    assert "WARNING other: 2 verdicts are of a sample that has one already" in shown
    assert "has one already" not in rltf(*pair).stdout


def test_names_from_files_cannot_control_a_terminal(tmp_path: Path) -> None:
    first = folder(tmp_path / "a", {"\x1b[2J": ["passed"]})
    other = folder(tmp_path / "b", {"\x1b[2J": ["timeout"]})
    assert "\x1b" not in rltf(first, other).stdout


def test_every_field_of_the_json_is_documented(pair: tuple[Path, Path]) -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {*value}.union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    found = json.loads(rltf(*pair, "--format", "json", "--power", "0.1").stdout)
    for compared in found["pairs"]:
        compared["power"]["problems"] = None  # its keys are numbers of samples
    page = (ROOT / "docs" / "compare.md").read_text()
    cells = re.findall(r"^\| (`[^|]*) \|", page, re.M)
    assert keys(found) <= {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
