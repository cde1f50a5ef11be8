"""``rltf score``: samples made elsewhere in, a line of JSON a program out."""

import fcntl
import gzip
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from rltf import manager
from rltf.cli import main

PROBLEMS = [
    {
        "task_id": "double",
        "prompt": "def f(x):\n",
        "entry_point": "f",
        "tests": [{"args": [n], "expected": 2 * n} for n in (0, 1)],
    },
    {"task_id": 7, "prompt": "Echo.", "tests": [{"input": "a\n", "output": "a\n"}]},
    {"task_id": "none", "prompt": "Anything.", "tests": []},
]


PLUGIN = """
from pathlib import Path
from rltf import Sandbox, hookimpl

def emptying():
    Path(SAMPLES).write_text("")
    return Sandbox()

@hookimpl
def rltf_register_executors(register):
    register("test-emptying", emptying)
"""


@pytest.fixture
def score(tmp_path):
    (tmp_path / "problems.jsonl").write_text("\n".join(map(json.dumps, PROBLEMS)))

    def score(*samples, options=()):
        path = tmp_path / "samples.jsonl"
        path.write_text("".join(f"{json.dumps(sample)}\n" for sample in samples))
        data = ["--dataset", "file", "--data", str(tmp_path / "problems.jsonl")]
        return CliRunner().invoke(main, ["score", str(path), *data, *options])

    return score


def test_a_line_a_program_in_input_order(score):
    result = score(
        {"task_id": "7", "solution": "print(input())"},
        {"task_id": "double", "completion": "    return x"},
        {"task_id": "double", "solution": ["def f(x): return 2 * x", "def f(x): return x / y"]},
        {"prompt": "Echo.", "response": "```python\nprint('a'\n```"},
    )
    assert result.exit_code == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [
        (line["task_id"], line["sample"], line["status"], line["passed"], line["pass_ratio"])
        for line in lines
    ] == [
        ("7", 0, "passed", True, 1.0),
        ("double", 0, "wrong_answer", False, 0.5),
        ("double", 1, "passed", True, 1.0),
        ("double", 2, "runtime_error", False, 0.0),
        ("7", 1, "syntax_error", False, 0.0),
    ]
    assert lines[1]["rewards"] == {"coarse": -0.3, "fine": 0.0, "adaptive": -0.3 + 1.3 * 0.5}
    assert lines[3]["rewards"] == {"coarse": -0.6, "fine": -0.3, "adaptive": None}
    assert [test["status"] for test in lines[1]["tests"]] == ["passed", "wrong_answer"]
    assert {"status", "cpu_s", "wall_s"} <= lines[1]["tests"][0].keys()
    assert lines[1]["error"] is None
    error = lines[3]["error"]
    assert (error["type"], error["line"]) == ("NameError", 1)
    assert lines[0]["judging"] == "split"
    assert "5 samples in" in result.stderr


def test_the_keys_are_those_of_the_design_and_the_form_is_json_dumps_own(score):
    result = score({"task_id": "7", "solution": "print('ä')"}, options=["--reward", "fine"])
    line = json.loads(result.stdout)
    assert json.dumps(line) + "\n" == result.stdout
    assert list(line) == [
        "task_id",
        "sample",
        "status",
        "passed",
        "pass_ratio",
        "judging",
        "judging_reason",
        "attempts",
        "tests",
        "error",
        "layers",
        "rewards",
        "schema",
    ]
    assert {"no_new_privs", "seccomp", "rlimits"} <= set(line["layers"])
    assert list(line["rewards"]) == ["fine"]


def test_a_problem_without_tests_is_unscored_with_the_reason(score):
    line = json.loads(score({"task_id": "none", "solution": ""}).stdout)
    assert (line["status"], line["passed"], line["pass_ratio"]) == ("unscored", False, None)
    assert line["reason"] == "the problem has no tests"
    assert line["rewards"] == {"coarse": None, "fine": None, "adaptive": None}


def test_out_takes_its_name_when_it_is_whole(score, tmp_path):
    out = tmp_path / "out.jsonl"
    result = score({"task_id": 7, "solution": "print('a')"}, options=["--out", str(out)])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert json.loads(out.read_text())["passed"] is True
    assert list(tmp_path.glob("*.part")) == []


def test_a_bad_line_is_named_before_anything_is_written(score, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("earlier")
    result = score(
        {"task_id": 7, "solution": ""},
        {"task_id": "doubel", "solution": ""},
        options=["--out", str(out)],
    )
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "samples.jsonl, line 2: dataset problems has no task 'doubel'; did you mean 'double'?\n"
    )
    assert result.stderr.count("\n") == 1
    assert out.read_text() == "earlier"


def test_a_pipe_is_refused_for_it_is_read_once(score, tmp_path):
    score()
    os.mkfifo(tmp_path / "pipe")
    data = ["--dataset", "file", "--data", str(tmp_path / "problems.jsonl")]
    result = CliRunner().invoke(main, ["score", str(tmp_path / "pipe"), *data])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pipe: not a regular file; it is read more than once" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_changes_meanwhile_is_an_error(score, tmp_path):
    plugin = tmp_path / "plugin.py"
    plugin.write_text(f"SAMPLES = {str(tmp_path / 'samples.jsonl')!r}\n{PLUGIN}")
    manager.load_file(plugin)
    out = tmp_path / "out.jsonl"
    options = ["--executor", "test-emptying", "--out", str(out)]
    result = score({"task_id": 7, "solution": ""}, options=options)
    assert result.exit_code == 1
    assert "samples.jsonl changed while it was judged: 1 samples at first, then 0" in result.stderr
    assert not out.exists()


def test_a_folder_or_a_pipe_to_write_to_is_refused(score, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for out in (tmp_path, tmp_path / "pipe"):
        result = score({"task_id": 7, "solution": ""}, options=["--out", str(out)])
        assert result.exit_code == 2
        assert f"cannot write {out}: it is there, and is not a regular file." in result.stderr
        assert "samples in" not in result.stderr


@pytest.mark.parametrize("samples", [[], [{"task_id": 7, "solution": []}], [[], []]])
def test_a_file_without_samples_is_an_error(score, tmp_path, samples):
    result = score(*samples, options=["--out", str(tmp_path / "out.jsonl")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"rltf: {tmp_path / 'samples.jsonl'}: no samples in this file\n"
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--reward", "finne"], "unknown reward 'finne'; did you mean fine?"),
        (["--reward", "fine,fine"], "given twice"),
        (["--executor", "sandbix"], "unknown executor 'sandbix'; did you mean sandbox?"),
        (["--dataset", "fil"], "unknown dataset 'fil'; did you mean file?"),
        (["--data", "no_such_file"], "no_such_file: No such file or directory"),
        (["--dataset", "mini"], "mini is built in"),
        (["--out", "/no/such/folder/out.jsonl"], "cannot write /no/such/folder/out.jsonl"),
    ],
)
def test_bad_usage_is_one_line(score, options, message):
    result = score({"task_id": 7, "solution": ""}, options=options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


LIVECODEBENCH = [{"question_id": "double", "code_list": ["def f(x): return 2 * x"]}]
EVALPLUS = {"eval": {"double": [{"solution": "def f(x): return 2 * x", "base_status": "pass"}]}}


@pytest.fixture
def files(tmp_path):
    """Runs ``rltf score`` on any file of the folder."""
    (tmp_path / "problems.jsonl").write_text("\n".join(map(json.dumps, PROBLEMS)))

    def command(name, *options):
        data = ["--dataset", "file", "--data", str(tmp_path / "problems.jsonl")]
        return ["score", str(tmp_path / name), *data, *options]

    return command


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("g.json", json.dumps([["def f(x): return 2 * x"], [], []], indent=1).encode()),
        ("g.jsonl", json.dumps([["def f(x): return 2 * x"], [], []], indent=1).encode()),
        ("l.json", json.dumps(LIVECODEBENCH).encode()),
        ("l.jsonl", json.dumps(LIVECODEBENCH, indent=1).encode()),
        ("l.json", json.dumps(LIVECODEBENCH[0]).encode()),
        ("r_eval_results.json", json.dumps(EVALPLUS).encode()),
        ("l.jsonl", b"\xef\xbb\xbf" + json.dumps(LIVECODEBENCH[0]).encode() + b"\r\n\r\n"),
        ("l.jsonl.gz", gzip.compress(json.dumps(LIVECODEBENCH[0]).encode(), mtime=0)),
        ("without_its_ending", gzip.compress(json.dumps(LIVECODEBENCH[0]).encode(), mtime=0)),
    ],
)
def test_the_forms_of_other_tools_are_read(files, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(main, files(name))
    line = json.loads(result.stdout)
    assert (line["task_id"], line["status"]) == ("double", "passed")


def test_a_folder_of_programs_is_read_in_the_order_of_their_numbers(files, tmp_path):
    folder = tmp_path / "samples" / "double"
    folder.mkdir(parents=True)
    for number in range(11):
        (folder / f"{number}.py").write_text(f"def f(x): return {number} * x")
    result = CliRunner().invoke(main, files("samples"))
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["sample"] for line in lines if line["passed"]] == [2]
    assert len(lines) == 11


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("x.jsonl", b"\x00\x00", "line 1: not JSON"),
        ("x.jsonl", b'{"task_id": 7, "solution": "\x00"}', "line 1: not JSON"),
        ("x.jsonl", '{"task_id": 7, "solution": ""}'.encode("utf-16"), "text in UTF-16"),
        ("x.jsonl", b'\n\n{"task_id": 7, "solution": "\xe4"}', "line 3: not UTF-8"),
        ("x.jsonl", b"[" * 100_000, "line 1: not JSON"),
        ("x.jsonl", b'{"task_id": ' + b"7" * 10_000 + b"}", "line 1: must be"),
        ("x.jsonl", b'{"task_id": {}, "solution": ""}', '"task_id" must be text'),
        ("x.json", b'[{"task_id": 7}]', "item 1: must be"),
        ("x.json", b'{"eval": {"7": [3]}}', "task '7', result 1: must be an object"),
        ("x.jsonl.gz", b"\x1f\x8b" + b"x" * 50, "damaged gzip file"),
        ("x.jsonl.gz", gzip.compress(b"{}" * 9000, mtime=0)[:-20], "damaged gzip file"),
        ("x/double/0.py", b"\xe4", "double/0.py: not UTF-8"),
        ("x/triple/0.py", b"", "triple/0.py: dataset problems has no task 'triple'"),
        ("x/double/0.txt", b"", "a folder of samples holds TASK/0.py"),
    ],
)
def test_garbage_is_one_line_that_says_where(files, tmp_path, name, content, fault):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    result = CliRunner().invoke(main, files(name.partition("/")[0]))
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_file_with_nothing_in_it_is_an_error(files, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(main, files(name))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"rltf: {tmp_path / name}: no samples in this file\n"


def test_a_line_without_an_end_is_not_read_into_memory(files, tmp_path, monkeypatch):
    monkeypatch.setattr("rltf.samples.row_file.LONGEST_LINE", 1 << 20)
    good = json.dumps({"task_id": 7, "solution": "print(input())"}).encode()
    (tmp_path / "x.jsonl").write_bytes(b'"' + b"x" * (3 << 20) + b'"\n' + good)
    result = CliRunner().invoke(main, files("x.jsonl"))
    assert "x.jsonl, line 1: longer than 1 MiB" in result.stderr
    result = CliRunner().invoke(main, files("x.jsonl", "--skip-invalid"))
    assert json.loads(result.stdout)["passed"]


def test_invalid_lines_are_skipped_on_request_shown_and_counted(score, tmp_path):
    samples = [
        {"task_id": 7, "solution": ["print(input())", None]},
        {"task_id": "double", "solution": "def f(x): return 2 * x"},
        *({"task_id": f"absent{n}", "solution": ""} for n in range(25)),
        {"task_id": 7, "solution": "print(input())"},
    ]
    result = score(*samples, options=["--skip-invalid"])
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["task_id"], line["sample"]) for line in lines] == [("double", 0), ("7", 0)]
    shown = [line for line in result.stderr.splitlines() if "rltf: skipped: " in line]
    assert len(shown) == 20
    assert "samples.jsonl, line 1: solution must hold programs as text, not None" in shown[0]
    assert "rltf: 26 invalid lines skipped; the first 20 are shown" in result.stderr


def test_a_bare_list_after_a_skipped_line_belongs_to_nobody(files, tmp_path):
    (tmp_path / "x.jsonl").write_text('["a"]\n["b"\n["c"]\n')
    result = CliRunner().invoke(main, files("x.jsonl", "--skip-invalid"))
    assert result.exit_code == 2
    assert "line 3: whose programs these are cannot be told, since line 2 was left" in result.stderr
    (tmp_path / "x.jsonl").write_text('["a"]\n["b", 3]\n["c"]\n')
    result = CliRunner().invoke(main, files("x.jsonl", "--skip-invalid"))
    assert [json.loads(line)["task_id"] for line in result.stdout.splitlines()] == [
        "double",
        "none",
    ]


def test_a_cache_changes_no_line(score, tmp_path):
    samples = [{"task_id": "double", "solution": f"def f(x): return x * {n % 3}"} for n in range(9)]
    cache = ["--cache", str(tmp_path / "verdicts.cache")]
    first, again = (score(*samples, options=cache) for _ in range(2))
    assert first.exit_code == again.exit_code == 0
    assert first.stdout == again.stdout
    assert first.stdout.count("\n") == 9


def test_a_cache_that_is_none_is_one_line(score, tmp_path):
    (tmp_path / "letter").write_text("Dear cache,\n" * 100)
    result = score({"task_id": 7, "solution": ""}, options=["--cache", str(tmp_path / "letter")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "letter: not a verdict cache, or a damaged one" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("where", ["stdout", "out"])
def test_a_full_disk_is_one_line(files, tmp_path, where):
    (tmp_path / "x.jsonl").write_text(json.dumps({"task_id": 7, "solution": ["print(3)"] * 9}))
    options = []
    if where == "out":
        (tmp_path / "out.jsonl.part").symlink_to("/dev/full")
        options = ["--out", str(tmp_path / "out.jsonl")]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rltf", *files("x.jsonl", *options)],
            stdout=full if where == "stdout" else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    file = tmp_path / "out.jsonl.part" if where == "out" else "standard output"
    assert done.stderr.startswith(f"rltf: cannot write {file}: No space left on device; free some")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.jsonl").exists()


def test_the_reason_of_what_could_not_be_judged_is_told_once(tmp_path):
    broken = [
        {
            "task_id": task,
            "prompt": "p",
            "checker": "def check(input, output, expected): return 1 / 0",
            "tests": [{"input": "1", "output": "1"}],
        }
        for task in "ab"
    ]
    problems, samples, out = (tmp_path / f"{name}.jsonl" for name in ("data", "samples", "out"))
    problems.write_text("\n".join(map(json.dumps, [*broken, PROBLEMS[1], PROBLEMS[2]])))
    solutions = [{"task_id": task, "solution": "print(1)"} for task in ("a", "a", "b", "7", "none")]
    samples.write_text("\n".join(map(json.dumps, solutions)))
    command = ["score", str(samples), "--dataset", "file", "--data", str(problems)]
    result = CliRunner().invoke(main, [*command, "--out", str(out)])
    assert result.exit_code == 0
    told = [line for line in result.stderr.splitlines() if " unscored (" in line]
    assert told == [
        "rltf: 3 samples unscored (2 problems, the first is 'a'): the checker is broken: "
        "ZeroDivisionError: division by zero",
        "rltf: 1 sample unscored (1 problem, the first is 'none'): the problem has no tests",
    ]


def test_a_cache_without_room_is_one_line(files, full_disk, tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps({"task_id": 7, "solution": ["print(3)"] * 9}))
    command = files("x.jsonl", "--cache", str(tmp_path / "cache"))
    done = subprocess.run(
        [sys.executable, "-m", "rltf", "--plugin", str(full_disk), *command],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"rltf: verdict cache {tmp_path / 'cache'}: disk I/O error; see that its disk has space, "
        "then run the command again\n"
    )


def test_a_reader_who_has_seen_enough_is_no_error(files, tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps({"task_id": 7, "solution": ["print(3)"] * 2000}))
    command = subprocess.Popen(
        [sys.executable, "-m", "rltf", *files("x.jsonl")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert json.loads(command.stdout.readline())["status"] == "wrong_answer"
    command.stdout.close()
    assert "Traceback" not in command.stderr.read()
    assert command.wait() == 1


def test_a_kill_leaves_no_broken_file(files, tmp_path):
    endless = "while True: pass"
    (tmp_path / "x.jsonl").write_text(json.dumps({"task_id": 7, "solution": ["print(3)", endless]}))
    out = tmp_path / "out.jsonl"
    out.write_text("earlier")
    command = subprocess.Popen([sys.executable, "-m", "rltf", *files("x.jsonl", "--out", str(out))])
    while not (tmp_path / "out.jsonl.part").exists():
        assert command.poll() is None
        time.sleep(0.01)
    command.send_signal(signal.SIGKILL)
    command.wait()
    assert out.read_text() == "earlier"


MANY = [f"print({n})" for n in range(20)]
WAITING = """
import os, time
import rltf

def waiting(judged):
    while "TEST_WAITS" in os.environ and judged.sample.program == "print(5)":
        time.sleep(0.01)
    return () if judged.verdict.status != "unscored" else None

@rltf.hookimpl
def rltf_register_rewards(register):
    register("test-waiting", lambda: waiting)
"""


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    """A plugin with a reward that does not come to the sixth sample's end, where it is told so."""
    plugin = tmp_path_factory.mktemp("plugins") / "waiting.py"
    plugin.write_text(WAITING)
    manager.load_file(plugin)
    return plugin


def interrupted(plugin, command, part, how):
    """Runs ``rltf score`` until some lines are written, and interrupts it; the whole lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rltf", "--plugin", str(plugin), *command],
        env=os.environ | {"TEST_WAITS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not part.exists() or part.read_bytes().count(b"\n") < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(how)
    errors = process.communicate()[1]
    return part.read_text().splitlines(), errors


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_command_continues_where_it_was(files, waiting, tmp_path, name, how):
    rows = [{"task_id": 7, "solution": program} for program in MANY]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ["--reward", "test-waiting", "--out", str(tmp_path / name)]
    part, command = tmp_path / f"{name}.part", files("x.jsonl", *options)
    before, errors = interrupted(waiting, command, part, how)
    assert len(before) < len(MANY)
    if how == signal.SIGINT:
        assert f"run the same command again: {part} keeps {len(before)} lines" in errors
    with part.open("a") as file:
        file.write('{"task_id": "7", "torn')
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    assert f"continuing after {len(before)} of 20 samples" in result.stderr
    assert "rltf: 20 samples in" in result.stderr
    data = (tmp_path / name).read_bytes()
    after = (gzip.decompress(data) if name.endswith(".gz") else data).decode().splitlines()
    assert after[: len(before)] == before  # with the times that were measured then
    assert [json.loads(line)["sample"] for line in after] == list(range(20))
    assert [path.name for path in tmp_path.glob("out*")] == [name]


def test_lines_of_other_samples_or_options_are_not_kept(files, waiting, tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps({"task_id": 7, "solution": MANY}))
    out = tmp_path / "out.jsonl"
    options = ["--reward", "test-waiting", "--out", str(out)]
    part, command = tmp_path / "out.jsonl.part", files("x.jsonl", *options)
    interrupted(waiting, command, part, signal.SIGKILL)
    kept = {path: path.read_bytes() for path in tmp_path.glob("out.jsonl.part*")}
    assert len(kept) == 2
    changes = {
        "reward": (["--reward", "fine"], None),
        "isolation": (["--isolation", "program"], None),
        "samples": ([], ("x.jsonl", json.dumps({"task_id": 7, "solution": MANY[::-1]}))),
        "problems": ([], ("problems.jsonl", json.dumps(PROBLEMS[1] | {"prompt": "Say it."}))),
    }
    for options, change in changes.values():
        for path, content in kept.items():
            path.write_bytes(content)
        if change:
            (tmp_path / change[0]).write_text(change[1])
        result = CliRunner().invoke(main, [*command, *options])
        assert result.exit_code == 0, result.stderr
        assert f"{part} is of other samples or options: starting over" in result.stderr
        assert out.read_text().count("\n") == 20
        assert [path.name for path in tmp_path.glob("out*")] == ["out.jsonl"]


def test_two_commands_do_not_write_one_file(score, tmp_path):
    (tmp_path / "out.jsonl").write_text("earlier")
    with (tmp_path / "out.jsonl.part").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        options = ["--out", str(tmp_path / "out.jsonl")]
        result = score({"task_id": 7, "solution": ""}, options=options)
    assert result.exit_code == 2
    assert "out.jsonl: another process is writing it" in result.stderr
    assert (tmp_path / "out.jsonl").read_text() == "earlier"


def test_problems_without_samples_are_counted(score):
    result = score({"task_id": 7, "solution": ["print(1)", "print(2)"]}, ["pass"])
    assert (
        "samples.jsonl is incomplete: the problems have 1 to 2 samples; --partial" in result.stderr
    )
    samples = [{"task_id": i, "solution": "x"} for i in (7, "double")]
    untested = "samples.jsonl is incomplete: 1 of 3 problems has no samples (none)\n"
    assert untested in score(*samples).stderr
    samples = [{"task_id": i, "solution": "x"} for i in (7, "none", "double")]
    assert "incomplete" not in score(*samples).stderr


COUNTER = {
    "task_id": 1,
    "text": "Count the calls.",
    "code": "n = 0\ndef f(x):\n    global n\n    n += x\n    return n\n",
    "test_list": ["assert f(1) == 1", "assert sorted([f(1)]) == [2]", "assert f(1) == 3"],
}


def test_a_dataset_says_whether_its_tests_share_a_process(tmp_path):
    (tmp_path / "mbpp.jsonl").write_text(json.dumps(COUNTER))
    (tmp_path / "x.jsonl").write_text(json.dumps({"task_id": 1, "solution": COUNTER["code"]}))
    command = ["score", str(tmp_path / "x.jsonl"), "--dataset", "mbpp"]
    command += ["--data", str(tmp_path / "mbpp.jsonl")]
    for options, passed in ([], 3), (["--isolation", "program"], 3), (["--isolation", "test"], 1):
        line = json.loads(CliRunner().invoke(main, [*command, *options]).stdout)
        assert sum(test["status"] == "passed" for test in line["tests"]) == passed


def test_an_executor_without_isolation_refuses_the_option(score, tmp_path):
    plugin = tmp_path / "plugin.py"
    plugin.write_text(PLUGIN.replace("test-emptying", "test-plain").replace("SAMPLES", "'x'"))
    manager.load_file(plugin)
    options = ["--executor", "test-plain", "--isolation", "program"]
    result = score({"task_id": 7, "solution": ""}, options=options)
    assert (result.exit_code, "test-plain has no --isolation" in result.stderr) == (2, True)


FAILING = [
    {"task_id": "double", "solution": ["def f(x): return x", "def f(x): return 2 * x"]},
    {"task_id": 7, "solution": ["print(inpu())", "print('b')"]},
]


@pytest.mark.parametrize(("options", "count"), [([], 3), (["2"], 2), (["1"], 1)])
@pytest.mark.parametrize("first", [False, True])
def test_failures_are_shown_on_request(files, tmp_path, options, count, first):
    (tmp_path / "x.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in FAILING))
    name, *command = files("x.jsonl")
    shown = ["--show-failures", *options]
    command = [name, *shown, *command] if first else [name, *command, *shown]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout.splitlines()) == 4
    found = result.stderr.split("\n\n")
    assert found[0] == (
        "\nsample 0 of double, test 2 of 2: wrong_answer\n  f(1)\nexpected: 2\ngot:      1"
    )
    assert len([part for part in found if part.lstrip().startswith("sample ")]) == count


def test_failures_of_lines_that_were_kept_are_shown(files, waiting, tmp_path):
    rows = [{"task_id": 7, "solution": program} for program in MANY]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ["--reward", "test-waiting", "--show-failures", "1"]
    command = files("x.jsonl", "--out", str(tmp_path / "out.jsonl"), *options)
    interrupted(waiting, command, tmp_path / "out.jsonl.part", signal.SIGKILL)
    result = CliRunner().invoke(main, command)
    assert "continuing after" in result.stderr
    assert "sample 0 of 7, test 1 of 1: wrong_answer\ninput:\n  a\n" in result.stderr


def test_memory_does_not_grow_with_the_number_of_samples(files, tmp_path):
    """Programs of 2 kB, a hundred of them different: what grows would show in megabytes."""
    peaks = []
    program = (
        "import resource, sys; from rltf.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    for count in (500, 4_000):
        with (tmp_path / "x.jsonl").open("w") as file:
            for number in range(count):
                solution = f"print({number % 100})  # {'x' * 2000}"
                file.write(json.dumps({"task_id": 7, "solution": solution}) + "\n")
        command = files("x.jsonl", "--reward", "coarse", "--out", str(tmp_path / "out.jsonl"))
        done = subprocess.run(
            [sys.executable, "-c", program, *command], capture_output=True, text=True, check=True
        )
        peaks.append(int(done.stderr.split()[-1]))
        assert sum(1 for _ in (tmp_path / "out.jsonl").open()) == count
    assert peaks[1] - peaks[0] < 2 * 1024


def test_what_is_read_is_not_written_over(score, tmp_path):
    result = score(
        {"task_id": "7", "solution": "x = 1"}, options=["--out", str(tmp_path / "samples.jsonl")]
    )
    assert (result.exit_code, "it is the file that is read" in result.stderr) == (2, True)
    assert json.loads((tmp_path / "samples.jsonl").read_text())["solution"] == "x = 1"


def test_the_classifier_can_be_chosen(score):
    sample = {"task_id": "double", "solution": "def f(x):\n    raise RuntimeError\n"}
    fine = {}
    for classifier in ("rltf", "rltf-official"):
        result = score(sample, options=["--reward", "fine", "--classifier", classifier])
        fine[classifier] = json.loads(result.stdout)["rewards"]["fine"]
    assert fine == {"rltf": -0.3, "rltf-official": 0.0}
    result = score(sample, options=["--classifier", "rltf-offical"])
    assert (result.exit_code, "did you mean rltf-official" in result.stderr) == (2, True)


BROKEN = """
import rltf

def broken(judged):
    return 1 / 0

@rltf.hookimpl
def rltf_register_rewards(register):
    register("test-broken", lambda: broken)
"""


def test_a_reward_that_fails_on_every_sample_ends_with_exit_1_and_its_place(files, tmp_path):
    plugin = tmp_path / "broken.py"
    plugin.write_text(BROKEN)
    (tmp_path / "x.jsonl").write_text(json.dumps({"task_id": 7, "solution": ["print(3)"] * 2}))
    out = tmp_path / "out.jsonl"
    call = files("x.jsonl", "--reward", "coarse,test-broken", "--out", str(out))
    done = subprocess.run(
        [sys.executable, "-m", "rltf", "--plugin", plugin, *call],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "rltf: reward 'test-broken': sample 1 of '7' raises ZeroDivisionError: division by zero "
        f"({plugin}, line 5)"
    )
    assert [json.loads(line)["rewards"]["test-broken"] for line in out.open()] == [None, None]
