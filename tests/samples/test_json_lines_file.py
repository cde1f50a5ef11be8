from pathlib import Path

import pytest

from rltf.samples.json_lines_file import LineFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lines.jsonl"


def test_lines_are_read_while_the_file_grows(path: Path) -> None:
    lines = LineFile(path, LookupError)
    lines.append([{"n": 1}])
    reader = iter(lines)
    assert next(reader) == {"n": 1}
    lines.append([{"n": 2}, {"n": "é"}])
    assert list(reader) == [{"n": 2}, {"n": "é"}]
    assert list(lines) == [{"n": 1}, {"n": 2}, {"n": "é"}]


@pytest.mark.parametrize("torn", [b"{", b'{"n": 2}', b"x" * 200_000])
def test_a_torn_last_line_is_cut_off(path: Path, torn: bytes) -> None:
    path.write_bytes(b'{"n": 1}\n' + torn)
    lines = LineFile(path, LookupError)
    assert path.read_bytes() == b'{"n": 1}\n'
    lines.append([{"n": 2}])
    assert list(lines) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("bad", ["[1]", "{", "nothing"])
def test_a_line_without_an_object_is_named(path: Path, bad: str) -> None:
    path.write_text(f'{{"n": 1}}\n{bad}\n{{"n": 3}}\n')
    lines = LineFile(path, LookupError)
    with pytest.raises(LookupError, match=r"lines\.jsonl, line 2: not "):
        list(lines)


@pytest.mark.parametrize("bad", ["[1]", "{", "nothing"])
def test_whole_lines_end_before_the_first_that_is_none(path: Path, bad: str) -> None:
    path.write_text(f'{{"n": 1}}\n{bad}\n{{"n": 3}}\n')
    assert list(LineFile(path, LookupError).whole_lines()) == [{"n": 1}]
    assert path.read_text() == '{"n": 1}\n'


def test_a_file_is_cut_back_to_the_length_that_it_had(path: Path) -> None:
    lines = LineFile(path, LookupError)
    lines.append([{"n": 1}])
    length = lines.synced_length()
    assert length == path.stat().st_size
    lines.append([{"n": 2}])
    lines.cut(length)
    lines.append([{"n": 3}])
    assert list(lines) == [{"n": 1}, {"n": 3}]


def test_whole_lines_are_counted_in_the_file(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "lines.jsonl", ValueError)
    assert file.line_count() == 0
    file.append([{"text": "x" * 70_000}, {"text": "a\nb"}])
    file.append_text('{"torn": ')
    assert file.line_count() == 2
    file.close()
