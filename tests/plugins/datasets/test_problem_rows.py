"""Data files: their forms, and what is wrong with those that cannot be read."""

import gzip
import json

import pytest

from rltf import manager
from rltf.dataset import DataError
from rltf.plugins.datasets.problem_rows import json_value, read_problems, text
from rltf.problem import Problem

ROWS = [{"id": "a"}, {"id": "b"}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def problem(row):
    return Problem(text(row.data, "id"), row.place)


def parquet(path):
    from datasets import Dataset

    Dataset.from_list(ROWS).to_parquet(path)


@pytest.mark.parametrize(
    ("write", "place"),
    [
        (lambda path: path.write_bytes(LINES), "line"),
        (lambda path: path.write_bytes(gzip.compress(LINES)), "line"),
        (lambda path: path.write_text(json.dumps(ROWS, indent=1)), "item"),
        (lambda path: path.write_bytes(gzip.compress(json.dumps(ROWS).encode())), "item"),
        (parquet, "row"),
    ],
)
def test_the_form_is_seen_from_the_file(tmp_path, write, place):
    path = tmp_path / "data"
    write(path)
    problems = read_problems([path], problem)
    assert [(p.task_id, p.prompt) for p in problems] == [("a", f"{place} 1"), ("b", f"{place} 2")]


def test_a_line_is_read_again_from_the_file_and_others_are_kept(tmp_path):
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(b"\n" + LINES)
    packed.write_bytes(gzip.compress(LINES))
    readers = []
    for path in (plain, packed):
        read_problems([path], lambda row: readers.append(row.reader("id")) or problem(row))
    assert [read() for read in readers] == ROWS * 2
    plain.unlink()
    with pytest.raises(DataError, match="plain: changed while it was in use"):
        readers[0]()
    assert readers[2]() == ROWS[0]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", ": no problems in this file"),
        (b"{}", ", line 1: 'id' is missing"),
        (b'[{"id": 1}]', ", item 1: 'id' must be text, not 1"),
        (b'[{"id": "a"}, 3]', ", item 2: must be an object, not 3"),
        (b'[\n{"id": "a"},\n', ": not JSON"),
        (b"\x1f\x8bnothing", ": damaged gzip file"),
        (gzip.compress(LINES, mtime=0)[:-9], ": damaged gzip file"),
        (b"PAR1nothing", ": cannot read parquet"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path, data, fault):
    path = tmp_path / "data"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        read_problems([path], problem)
    assert str(caught.value).startswith(f"{path}{fault}")
    assert "\n" not in str(caught.value)


def test_ids_are_unique_over_all_files(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(LINES)
    second.write_text('{"id": "b"}')
    with pytest.raises(DataError) as caught:
        read_problems([first, second], problem)
    assert str(caught.value) == (
        f"{second}, line 1: task_id 'b' is already that of {first}, line 2"
    )


def test_json_integers_may_have_any_length():
    assert json_value("[" + "9" * 6000 + ", -1]") == [10**6000 - 1, -1]


def test_a_file_of_another_form_leads_to_the_dataset_for_own_problems(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"task_id": "a", "prompt": "", "tests": []}\n{"task_id": "b"}\n')
    with pytest.raises(DataError) as caught:
        manager.get("dataset", "mbpp", path=str(path))
    assert str(caught.value) == (
        f"{path}, line 1: 'code' is missing; nothing in this file has the form of this dataset. "
        "For problems of your own, use the dataset file: --dataset file, or rltf bench file"
    )


@pytest.mark.parametrize(
    ("rows", "is_own"), [('{"id": "a"}\n{}\n', False), ("{}\n{}\n", True), ("1\n2\n", False)]
)
def test_a_file_with_some_problems_of_its_form_or_without_objects_leads_nowhere(
    tmp_path, rows, is_own
):
    path = tmp_path / "data"
    path.write_text(rows)
    with pytest.raises(DataError) as caught:
        read_problems([path], problem, is_own=is_own)
    assert "dataset file" not in str(caught.value)
