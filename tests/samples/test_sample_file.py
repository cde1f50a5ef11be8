"""Sample files: the forms that people have, and errors that name the line."""

import json

import pytest

from rltf import Problem
from rltf.dataset import DataError
from rltf.samples.sample_file import SampleFile


class Dataset:
    """Three problems with a prefix, as MBPP has it."""

    name = "mbpp"
    id_prefix = "Mbpp/"

    def problems(self, split=None):
        return [
            Problem("Mbpp/11", "def f(x):\n", entry_point="f"),
            Problem("Mbpp/12", "Write a program.\n"),
            Problem("Mbpp/13", "Write a program.\n"),
        ]


@pytest.fixture
def read(tmp_path):
    def read(*lines):
        path = tmp_path / "samples.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return [sample for _, sample in SampleFile(path, Dataset())]

    return read


def programs(samples):
    return [(sample.task_id, sample.index, sample.program) for sample in samples]


def test_a_solution_stands_alone_under_any_form_of_its_id(read):
    samples = read(*({"task_id": i, "solution": "a"} for i in (11, "11", "Mbpp/11", 12)))
    assert programs(samples) == [
        ("Mbpp/11", 0, "a"),
        ("Mbpp/11", 1, "a"),
        ("Mbpp/11", 2, "a"),
        ("Mbpp/12", 0, "a"),
    ]


def test_a_completion_follows_the_prompt_byte_for_byte(read):
    (sample,) = read({"task_id": 11, "completion": "    return x \r\n\n"})
    assert sample.program == "def f(x):\n    return x \r\n\n"
    assert sample.text == "    return x \r\n\n"
    assert sample.shift == len("def f(x):\n")


@pytest.mark.parametrize("key", ["solution", "completion"])
def test_a_list_of_programs_is_one_sample_each(read, key):
    samples = read({"task_id": 12, key: ["a", "b"]}, {"task_id": 12, key: []})
    start = "" if key == "solution" else "Write a program.\n"
    assert programs(samples) == [("Mbpp/12", 0, start + "a"), ("Mbpp/12", 1, start + "b")]


def test_bare_lists_are_for_the_problems_in_order(read):
    expected = [("Mbpp/11", 0, "a"), ("Mbpp/11", 1, "b"), ("Mbpp/13", 0, "c")]
    assert programs(read(["a", "b"], [], ["c"])) == expected
    assert programs(read([["a", "b"], [], ["c"]])) == expected


def test_a_response_is_found_by_its_prompt(read):
    whole, continued = read(
        {"prompt": "def f(x):\n", "response": "Here:\n```python\ndef f(x):\n    return 1\n```"},
        {"prompt": "def f(x):\n", "response": "    return 1\n"},
    )
    assert whole.program == "def f(x):\n    return 1\n"
    assert whole.shift == -len("Here:\n```python\n")
    assert continued.program == "def f(x):\n    return 1\n"
    assert continued.shift == len("def f(x):\n")


def test_fenced_code_is_unwrapped(read):
    (sample,) = read({"task_id": 12, "solution": "So:\n```python\nx = 1\n```\n"})
    assert sample.program == "x = 1\n"
    assert sample.text[-sample.shift :].startswith(sample.program)


def test_other_keys_and_empty_lines_are_left_alone(tmp_path):
    path = tmp_path / "samples.jsonl"
    path.write_text('\ufeff{"task_id": 11, "solution": "a", "_identifier": 3}\n\n')
    assert programs(s for _, s in SampleFile(path, Dataset())) == [("Mbpp/11", 0, "a")]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"task_id": 11, "solution": ', "not JSON"),
        ('{"task_id": 99, "solution": "a"}', "dataset mbpp has no task 99"),
        ('{"task_id": "Mbpp/1", "solution": "a"}', "did you mean 'Mbpp/1"),
        ('{"task_id": true, "solution": "a"}', '"task_id" must be text'),
        ('{"task_id": 11, "solution": 3}', "solution must hold programs as text, not 3"),
        ('{"task_id": 11, "solution": ["a", null]}', "not None"),
        ('{"task_id": 11}', 'must be {"task_id", "solution"}'),
        ('{"task_id": 11, "soluton": "a"}', "did you mean 'solution'?"),
        ('{"id": 11, "code": "a"}', "not ['code', 'id']"),
        ("3", "not 3"),
        ('{"prompt": "Write something.", "response": "a"}', "has no prompt"),
        ('{"prompt": "Write a program.\\n", "response": "a"}', "share this prompt"),
        ("[[], [], [], []]", "more lists of programs than dataset mbpp has problems"),
    ],
)
def test_a_bad_line_is_named_with_its_fault(tmp_path, line, fault):
    path = tmp_path / "samples.jsonl"
    path.write_text('{"task_id": 11, "solution": "a"}\n' + line)
    with pytest.raises(DataError) as caught:
        list(SampleFile(path, Dataset()))
    assert str(caught.value).startswith(f"{path}, line 2: ")
    assert fault in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        list(SampleFile(tmp_path / "absent.jsonl", Dataset()))


@pytest.mark.parametrize("bare", [False, True])
def test_a_folder_may_be_named_with_the_datasets_prefix(tmp_path, bare):
    class Bare(Dataset):
        def problems(self, split=None):
            return [Problem("11", "def f(x):\n", entry_point="f")]

    (tmp_path / "Mbpp_11").mkdir()
    (tmp_path / "Mbpp_11" / "0.py").write_text("a")
    ((problem, sample),) = SampleFile(tmp_path, Bare() if bare else Dataset())
    assert (problem.task_id.removeprefix("Mbpp/"), sample.program) == ("11", "a")
