"""``rltf bench``: a policy's pass@k, its files, and what is said of bad usage."""

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rltf import manager
from rltf.cli import main

EASY = {
    "task_id": "twice",
    "prompt": "Write f, which returns twice the number.",
    "entry_point": "f",
    "tests": [{"args": [n], "expected": 2 * n} for n in (1, 2)],
    "solutions": ["def f(x):\n    return 2 * x\n", "def f(x):\n    return x + x\n"],
}
HARD = {
    "task_id": "echo",
    "prompt": "Echo.",
    "tests": [{"input": "a\n", "output": "a\n"}],
    "solutions": ["print(inputt())\n"],
}
UNTESTED = {"task_id": "none", "prompt": "Anything.", "tests": []}

# Writes the right program to some requests, so that every figure is known.
PLUGIN = """
from rltf import hookimpl
from rltf.models.writer import Completion

class Known:
    name = "known"
    prompt = "plain"
    def __init__(self, solved="2"):
        self.solved = int(solved)
    def write(self, requests, sampling, stops):
        seen = {}
        for index, request in enumerate(requests):
            number = seen[request.prompt] = seen.get(request.prompt, -1) + 1
            right = "twice" in request.prompt and number < self.solved
            text = "def f(x):\\n    return 2 * x\\n" if right else "def f(x):\\n    return 2\\n"
            yield [(index, Completion(text, truncated=not right))]

class Lazy(Known):
    name = "lazy"
    def write(self, requests, sampling, stops):
        yield [(0, Completion("", False))]

@hookimpl
def rltf_register_policies(register):
    register("test-known", Known)
    register("test-lazy", Lazy)
"""


@pytest.fixture(scope="module", autouse=True)
def plugin(tmp_path_factory):
    file = tmp_path_factory.mktemp("plugin") / "bench_plugin.py"
    file.write_text(PLUGIN)
    manager.load_file(file)


@pytest.fixture
def bench(tmp_path):
    """Runs the command on problems of our own with a policy whose programs are known."""
    (tmp_path / "problems.jsonl").write_text("\n".join(map(json.dumps, [EASY, HARD, UNTESTED])))

    def bench(*options, data="problems.jsonl"):
        dataset = ["file", "--data", str(tmp_path / data)]
        return CliRunner().invoke(main, ["bench", *dataset, *options])

    return bench


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_figures_and_files(bench, tmp_path):
    out = tmp_path / "out"
    result = bench("--policy", "test-known", "--n", "4", "--k", "1,2", "--out", str(out), "--json")
    assert result.exit_code == 0, result.stderr
    results = json.loads(result.stdout)
    assert results == json.loads((out / "results.json").read_text())
    assert results["pass_at_k"]["1"]["value"] == pytest.approx(0.25)
    assert results["pass_at_k"]["2"]["value"] == pytest.approx((1 - 1 / 6) / 2)
    assert results["pass_at_k"]["1"]["low"] == 0
    assert results["pass_at_k"]["1"]["high"] == 0.5
    # Of the other programs for `twice` half of the tests pass: f(1) == 2.
    assert results["test_case_average"] == pytest.approx((2 * 1 + 2 * 0.5) / 4 / 2)
    assert results["strict_accuracy"] == pytest.approx(0.25)
    assert (results["problems"], results["n"], results["unscored"]) == (2, 4, 0)
    assert results["without_tests"] == ["none"]
    assert results["statuses"] == {"passed": 2, "wrong_answer": 6}
    assert results["truncated"] == 6
    assert results["prompt"] == "plain"
    assert results["sampling"] == {
        "temperature": 0.6,
        "top_p": 0.95,
        "max_new_tokens": 512,
        "seed": 0,
    }
    assert {"seccomp", "rlimits"} <= set(results["layers"])
    assert {row["task_id"] for row in results["slowest"]} == {"twice", "echo"}
    assert set(results["seconds"]) == {
        "total",
        "load",
        "generation",
        "judging",
        "judging_exposed",
        "other",
    }
    samples, verdicts = lines(out / "samples.jsonl"), lines(out / "verdicts.jsonl")
    keys = [("echo", i) for i in range(4)] + [("twice", i) for i in range(4)]
    assert [(line["task_id"], line["sample"]) for line in samples] == keys
    assert sorted((line["task_id"], line["sample"]) for line in verdicts) == keys
    assert {line["schema"] for line in [results, *samples, *verdicts]} == {1}


def test_verdicts_are_what_score_writes_of_the_samples(bench, tmp_path):
    out = tmp_path / "out"
    assert bench("--policy", "test-known", "--n", "2", "--k", "1", "--out", str(out)).exit_code == 0
    data = ["--dataset", "file", "--data", str(tmp_path / "problems.jsonl")]
    result = CliRunner().invoke(main, ["score", str(out / "samples.jsonl"), *data])
    scored = [json.loads(line) for line in result.stdout.splitlines()]

    def known(line):
        measured = ("cpu_s", "wall_s", "peak_memory_mb")
        tests = [{k: v for k, v in test.items() if k not in measured} for test in line["tests"]]
        return line | {"tests": tests}

    def sample_key(line):
        return line["task_id"], line["sample"]

    verdicts = lines(out / "verdicts.jsonl")
    assert sorted(map(known, verdicts), key=sample_key) == sorted(
        map(known, scored), key=sample_key
    )


def test_the_table_shows_the_figures(bench, tmp_path):
    result = bench("--policy", "test-known", "--n", "4", "--out", str(tmp_path / "out"))
    assert "25.00 [0.00, 50.00]" in result.stdout
    assert "4 samples a problem: 2 passed, 6 wrong_answer" in result.stdout
    assert "pass@5" not in result.stdout
    assert "1 problem without tests was left out: none" in result.stdout


def test_a_finished_benchmark_is_not_done_again(bench, tmp_path):
    options = ["--policy", "test-known", "--n", "2", "--k", "1", "--out", str(tmp_path / "out")]
    first = bench(*options, "--json").stdout
    before = (tmp_path / "out" / "samples.jsonl").stat()
    assert bench(*options, "--json").stdout == first
    assert (tmp_path / "out" / "samples.jsonl").stat().st_mtime_ns == before.st_mtime_ns


def test_another_k_is_computed_from_the_same_verdicts(bench, tmp_path):
    out = tmp_path / "out"
    options = ["--policy", "test-known", "--n", "4", "--out", str(out), "--json"]
    assert bench(*options, "--k", "1").exit_code == 0
    verdicts = (out / "verdicts.jsonl").read_bytes()
    results = json.loads(bench(*options, "--k", "4").stdout)
    assert results["pass_at_k"]["4"]["value"] == 0.5
    assert (out / "verdicts.jsonl").read_bytes() == verdicts


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--temperature", "0.7"], "sampling="),
        (["--n", "3"], "n=2, not n=3"),
        (["--seed", "1"], "seed=0, not seed=1"),
        (["--limit", "1"], "data="),
        (["--policy", "test-known:1"], None),
    ],
)
def test_a_folder_of_another_benchmark_is_refused(bench, tmp_path, options, message):
    base = ["--policy", "test-known", "--n", "2", "--k", "1", "--out", str(tmp_path / "out")]
    assert bench(*base).exit_code == 0
    result = bench(*base, *options)
    assert result.exit_code == 2
    assert message is None or message in result.stderr
    assert "give another --out" in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_data_count_by_content_and_not_by_name(bench, tmp_path):
    options = ["--policy", "test-known", "--n", "2", "--k", "1", "--out", str(tmp_path / "out")]
    assert bench(*options).exit_code == 0
    os.rename(tmp_path / "problems.jsonl", tmp_path / "others.jsonl")
    assert bench(*options, data="others.jsonl").exit_code == 0
    text = (tmp_path / "others.jsonl").read_text().replace('"a\\n"', '"b\\n"')
    (tmp_path / "problems.jsonl").write_text(text)
    result = bench(*options)
    assert result.exit_code == 2
    assert "data=" in result.stderr


def test_a_folder_in_use_is_refused(bench, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    held = os.open(out, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    result = bench("--policy", "test-known", "--out", str(out))
    os.close(held)
    assert result.exit_code == 2
    assert "another process is running in" in result.stderr


def test_the_default_folder_is_named_by_the_digest(bench, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = json.loads(bench("--policy", "test-known", "--n", "1", "--json").stdout)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [
        f"bench-known-file-{results['digest'][:8]}"
    ]


def test_unscored_samples_are_counted_and_left_out(bench, tmp_path):
    out = tmp_path / "out"
    options = ["--policy", "test-known", "--n", "2", "--k", "1,2", "--out", str(out), "--json"]
    assert bench(*options).exit_code == 0
    # As if our side had failed on one sample of `twice` and on all of `echo`.
    verdicts = lines(out / "verdicts.jsonl")
    for line in verdicts:
        if line["task_id"] == "echo" or line["sample"] == 0:
            line |= {"status": "unscored", "pass_ratio": None, "reason": "no memory"}
    (out / "verdicts.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in verdicts))
    (out / "results.json").unlink()
    results = json.loads(bench(*options).stdout)
    assert results["unscored"] == 3
    assert results["pass_at_k"]["1"]["value"] == 1.0
    assert results["pass_at_k"]["1"]["problems"] == 1
    assert results["pass_at_k"]["2"] == {"value": None, "low": None, "high": None, "problems": 0}
    assert results["problems_without_scores"] == ["echo"]


def test_references_that_fail_are_reported_with_the_reason(bench):
    result = bench("--check-references", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    (failing,) = report["failing"]
    assert (failing["task_id"], failing["solution"], failing["status"]) == (
        "echo",
        0,
        "runtime_error",
    )
    assert failing["error"]["type"] == "NameError"
    assert (report["programs"], report["checked"], report["failing_problems"]) == (3, 2, 1)
    shown = bench("--check-references").stdout
    assert "echo, solution 0: runtime_error in 1 of 1 tests  NameError" in shown
    assert "    E   NameError: name 'inputt' is not defined\n" in shown
    assert "1 of 2 problems pass with all of their own solutions (3 programs)" in shown


def test_references_that_are_wrong_show_their_first_failing_test(bench, tmp_path):
    tests = [{"assert": f"assert f({n}) == {n * n}"} for n in range(3)]
    wrong = EASY | {"tests": tests, "solutions": ["def f(x):\n    return 2 * x\n"]}
    (tmp_path / "wrong.jsonl").write_text(json.dumps(wrong))
    result = bench("--check-references", data="wrong.jsonl")
    assert result.stdout.splitlines()[:4] == [
        "twice, solution 0: wrong_answer in 1 of 3 tests",
        "    > assert f(1) == 1",
        "    E   assert 2 == 1",
        "    E     where 2 = f(1)",
    ]


COUNTER = {
    "task_id": 1,
    "text": "Count the calls.",
    "code": "n = 0\ndef f(x):\n    global n\n    n += x\n    return n\n",
    "test_list": ["assert f(1) == 1", "assert sorted([f(1)]) == [2]", "assert f(1) == 3"],
}


def test_the_dataset_says_whether_tests_share_a_process(tmp_path):
    (tmp_path / "mbpp.jsonl").write_text(json.dumps(COUNTER))
    command = ["bench", "mbpp", "--data", str(tmp_path / "mbpp.jsonl")]
    for options, passing in ([], 1), (["--isolation", "test"], 0), (["--isolation", "program"], 1):
        checked = CliRunner().invoke(main, [*command, "--check-references", *options])
        assert f"{passing} of 1 problems pass" in checked.stdout


def test_isolation_is_recorded_and_part_of_what_a_benchmark_is(bench, tmp_path):
    options = ["--policy", "test-known", "--n", "1", "--k", "1", "--out", str(tmp_path / "out")]
    first = bench(*options, "--json")
    assert json.loads(first.stdout)["isolation"] == "test"
    assert bench(*options, "--isolation", "test", "--json").stdout == first.stdout
    result = bench(*options, "--isolation", "program")
    assert result.exit_code == 2
    assert "isolation=test, not isolation=program" in result.stderr
    other = bench(*options[:-1], str(tmp_path / "other"), "--isolation", "program", "--json")
    assert json.loads(other.stdout)["isolation"] == "program"


def test_a_dataset_without_references_is_an_error(bench, tmp_path):
    bare = {key: value for key, value in EASY.items() if key != "solutions"}
    (tmp_path / "bare.jsonl").write_text(json.dumps(bare))
    result = bench("--check-references", data="bare.jsonl")
    assert result.exit_code == 2
    assert "has no reference programs to check" in result.stderr


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--policy", "test-nown"], 2, "unknown policy 'test-nown'; did you mean test-known"),
        (["--prompt", "plane"], 2, "unknown prompt 'plane'; did you mean plain?"),
        (["--executor", "sandbix"], 2, "unknown executor 'sandbix'"),
        (["--policy", "hf:no/such/folder/here"], 2, "neither a folder here nor a model id"),
        (["--limit", "0"], 2, "'--limit': it must be a whole number of at least 1, not 0."),
        (["--top-p", "0"], 2, "'--top-p': it must be a number above 0 and at most 1, not 0.0."),
        (["--timeout", "inf"], 2, "'--timeout': it must be a number above 0, not inf."),
        (["--temperature", "nan"], 2, "it must be a number of at least 0, not nan."),
        (["--isolation", "none"], 2, "'none' is not one of 'test', 'program'"),
        (["--k", "1,10", "--n", "5"], 2, "pass@10 needs --n 10 samples at least, not 5"),
        (["--k", "1,x"], 2, "must be whole numbers above 0"),
        (["--temperature", "0", "--n", "2"], 2, "give --n 1"),
        (["--split", "tset"], 2, "no split 'tset' (there are train, all)"),
        (["--out", "/proc/no/such"], 2, "cannot write a benchmark to /proc/no/such"),
        (["--zero-shot"], 2, "zero-shot does not know dataset 'file'"),
        (["--policy", "test-lazy", "--n", "2"], 1, "policy lazy left out 3 samples"),
        (["--check-references", "--policy", "tiny"], 2, "leave out --policy"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(bench, tmp_path, options, code, message):
    base = (
        []
        if "--policy" in options or "--check-references" in options
        else ["--policy", "test-known"]
    )
    out = [] if "--check-references" in options else ["--out", str(tmp_path / "out")]
    result = bench(*base, *out, *options)
    assert result.exit_code == code, result.stderr
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_unknown_dataset_is_told_with_the_nearest():
    result = CliRunner().invoke(main, ["bench", "minni"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "unknown dataset 'minni'; did you mean mini?" in result.stderr


@pytest.mark.parametrize("option", ["--temperature", "--top-p"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_numbers_are_finite(option, value):
    result = CliRunner().invoke(main, ["bench", "mini", option, value])
    assert result.exit_code == 2
    assert option in result.stderr


def test_a_full_disk_names_the_file_and_the_benchmark_can_be_continued(bench, full_disk, tmp_path):
    (tmp_path / "known.py").write_text(PLUGIN)
    (tmp_path / "problems.jsonl").write_text(json.dumps(EASY))
    plugins = ["--plugin", tmp_path / "known.py", "--plugin", full_disk]
    out = tmp_path / "out"
    command = ["bench", "file", "--data", tmp_path / "problems.jsonl", "--policy", "test-known"]
    command += ["--n", "300", "--k", "1", "--out", out]
    done = subprocess.run(
        [sys.executable, "-m", "rltf", *plugins, *command],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 1
    assert re.fullmatch(
        rf"rltf: cannot write {out}/(samples|verdicts)\.jsonl: File too large; free some space, "
        "then the same command continues it",
        done.stderr.splitlines()[-1],
    )
    assert CliRunner().invoke(main, [str(word) for word in command]).exit_code == 0
    assert len(lines(out / "samples.jsonl")) == len(lines(out / "verdicts.jsonl")) == 300


@pytest.mark.parametrize("name", ["config", "results"])
def test_a_disk_that_is_full_at_either_end_of_a_benchmark(bench, tmp_path, name):
    out = tmp_path / "out"
    out.mkdir()
    (out / f"{name}.part").symlink_to("/dev/full")
    result = bench("--policy", "test-known", "--n", "1", "--k", "1", "--out", str(out))
    assert result.exit_code == 1
    assert result.stderr == (
        f"rltf: cannot write {out / name}.json: No space left on device; free some space, then "
        "the same command continues it\n"
    )
