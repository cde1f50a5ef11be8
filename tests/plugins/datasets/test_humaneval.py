"""HumanEval's form."""

import gzip
import json

import pytest

from rltf import manager
from rltf.dataset import DataError

ROW = {
    "task_id": "HumanEval/38",
    "prompt": "import string\n\n\ndef shift(s):\n    return s[1:] + s[:1]\n\n\n"
    'def back(s):\n    """Undo shift."""\n',
    "entry_point": "back",
    "canonical_solution": "    return s[-1:] + s[:-1]\n",
    "test": "\n\nMETADATA = {}\n\n\ndef check(candidate):\n"
    "    for word in ('abc', string.digits):\n        assert candidate(shift(word)) == word\n",
}
METHOD = {
    "task_id": "m/0",
    "prompt": "class Solution:\n    def twice(self, x):\n",
    "entry_point": "Solution().twice",
    "canonical_solution": "        return 2 * x\n",
    "test": "def check(candidate):\n"
    + "".join(f"    assert candidate({x}) == {2 * x}\n" for x in range(3000)),
}


def load(tmp_path, *rows):
    path = tmp_path / "data.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return manager.get("dataset", "humaneval", path=str(path))


def test_helpers_of_the_prompt_run_where_the_test_runs(tmp_path, sandbox):
    (problem,) = load(tmp_path, ROW).problems("test")
    assert problem.setup_code == "import string\n\n\ndef shift(s):\n    return s[1:] + s[:1]"
    assert problem.entry_point == "back"
    assert problem.limits is None
    (reference,) = problem.solutions
    verdict = sandbox.judge(problem, reference)
    assert (verdict.status, verdict.judging) == ("passed", "split")
    forged = "def shift(s): return s\n" + ROW["prompt"] + "    return s\ndef shift(s): return s\n"
    assert sandbox.judge(problem, forged).status == "wrong_answer"


def test_a_method_and_thousands_of_asserts(tmp_path, sandbox):
    (problem,) = load(tmp_path, METHOD).problems()
    assert problem.limits.cpu_s > 10
    assert sandbox.judge(problem, problem.solutions[0]).passed
    wrong = METHOD["prompt"] + "        return 2 * x if x < 2999 else 0\n"
    assert sandbox.judge(problem, wrong).status == "wrong_answer"


def test_a_completion_continues_the_prompt_that_was_read(tmp_path):
    dataset = load(tmp_path, ROW)
    assert dataset.id_prefix == "HumanEval/"
    assert dataset.problems()[0].prompt == ROW["prompt"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"entry_point": ""}, "'entry_point' must name"),
        ({"entry_point": "a b"}, "'entry_point' must be a name"),
        ({"test": None}, "'test' must be text"),
        ({"prompt": 3}, "'prompt' must be text"),
        ({"task_id": []}, '"task_id" must be text or a whole number'),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, fault):
    with pytest.raises(DataError) as caught:
        load(tmp_path, ROW, METHOD | change)
    assert f"data.jsonl.gz, line 2: {fault}" in str(caught.value)
