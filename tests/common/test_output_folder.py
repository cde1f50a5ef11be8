from pathlib import Path

import pytest

from rltf.common.file_writes import read_json
from rltf.common.output_folder import OutputFolder, default_folder


def open_folder(path: Path) -> OutputFolder:
    return OutputFolder(path, "a thing", LookupError)


def test_one_process_at_a_time_holds_a_folder(tmp_path: Path) -> None:
    folder = open_folder(path := tmp_path / "a" / "b")
    with pytest.raises(LookupError, match="another process is running in"):
        open_folder(path)
    folder.release()
    open_folder(path).release()


def test_what_is_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LookupError, match=r"cannot write a thing to .*file: File exists"):
        open_folder(tmp_path / "file")


def test_a_folder_that_cannot_be_prepared_is_released(tmp_path: Path) -> None:
    folder = open_folder(tmp_path)
    with pytest.raises(LookupError, match="cannot write a thing to"), folder.preparing():
        (tmp_path / "missing" / "below").mkdir()
    open_folder(tmp_path).release()


def test_a_folder_belongs_to_one_set_of_options(tmp_path: Path) -> None:
    folder = open_folder(tmp_path)
    folder.claim({"n": 1, "ks": (1, 2)}, None, ["lines.jsonl"])
    stored = read_json(tmp_path / "config.json", LookupError)
    assert stored == {"n": 1, "ks": [1, 2]}
    folder.claim({"n": 1, "ks": (1, 2)}, stored, ["lines.jsonl"])
    with pytest.raises(LookupError, match="holds a thing with n=1, not n=2; give another --out"):
        folder.claim({"n": 2, "ks": (1, 2)}, stored, ["lines.jsonl"])
    folder.release()


def test_options_with_the_same_digest_are_the_same(tmp_path: Path) -> None:
    folder = open_folder(tmp_path)
    folder.claim({"policy": "hf:a", "digest": "0"}, {"policy": "hf:b", "digest": "0"}, [])
    with pytest.raises(LookupError, match="policy=hf:b, not policy=hf:a"):
        folder.claim({"policy": "hf:a", "digest": "0"}, {"policy": "hf:b", "digest": "1"}, [])
    folder.release()


def test_a_new_folder_holds_nobody_elses_lines(tmp_path: Path) -> None:
    (tmp_path / "lines.jsonl").touch()
    folder = open_folder(tmp_path)
    with pytest.raises(LookupError, match=r"holds lines\.jsonl but no config\.json of a thing"):
        folder.claim({}, None, ["lines.jsonl"])
    folder.release()


def test_a_folders_name_is_one_that_every_shell_takes() -> None:
    assert default_folder("hf:a/b-c d", "0123456789") == Path("runs/hf-a-b-c-d-01234567")
