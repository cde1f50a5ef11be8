"""Result files of other tools, field by field as those tools write them."""

import json

from click.testing import CliRunner

from rltf.cli import main

QUESTION = {
    "question_title": "A",
    "question_content": "Print twice the number.",
    "platform": "atcoder",
    "question_id": "abc301_a",
    "contest_id": "abc301",
    "contest_date": "2023-05-13T00:00:00",
    "starter_code": "",
    "difficulty": "easy",
}


def test_a_file_of_live_code_bench_has_every_field_that_its_own_has(tmp_path, monkeypatch):
    """As CodeGenerationProblem.insert_output_evaluation makes it, and compute_scores reads it."""
    monkeypatch.chdir(tmp_path)
    tests = json.dumps([{"input": "2\n", "output": "4\n", "testtype": "stdin"}])
    question = QUESTION | {"public_test_cases": tests, "private_test_cases": "[]", "metadata": "{}"}
    (tmp_path / "lcb.jsonl").write_text(json.dumps(question))
    programs = ["print(int(input()) * 2)", "print(int(input()))", "print(1 / 0)"]
    rows = [{"question_id": "abc301_a", "code_list": programs}]
    (tmp_path / "s.json").write_text(json.dumps(rows))
    data = ["--dataset", "livecodebench", "--data", "lcb.jsonl"]
    for command in (
        ["score", "s.json", *data, "--out", "v.jsonl"],
        ["convert", "v.jsonl", "s_eval_all.json", *data, "--samples", "s.json"],
        ["convert", "s_eval_all.json", "again_eval_all.json", *data],
    ):
        done = CliRunner().invoke(main, command)
        assert (done.exit_code, "warning" in done.stderr) == (0, False), done.stderr
    (written,) = json.loads((tmp_path / "s_eval_all.json").read_text())
    assert written == QUESTION | {
        "output_list": programs,
        "code_list": programs,
        "graded_list": [True, False, False],
        "pass@1": 1 / 3,
        "metadata": [
            "{}",
            '{"error_code": -2, "error_message": "Wrong Answer"}',
            '{"error_code": -4, "error_message": "ZeroDivisionError: division by zero"}',
        ],
    }
    again = (tmp_path / "again_eval_all.json").read_text()
    assert again == (tmp_path / "s_eval_all.json").read_text()


def test_what_live_code_bench_says_of_a_failure_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = ['{"error_code": -3}', '{"error_code": -2, "error_message": "Wrong Answer"}', "{", 3]
    row = {"question_id": "a", "code_list": ["x"] * 4, "graded_list": [False] * 4}
    (tmp_path / "x_eval_all.json").write_text(json.dumps([row | {"metadata": said}]))
    done = CliRunner().invoke(main, ["convert", "x_eval_all.json", "x_eval_results.json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads((tmp_path / "x_eval_results.json").read_text())["eval"]["a"]
    assert [each["base_status"] for each in found] == ["timeout", "fail", "fail", "fail"]
