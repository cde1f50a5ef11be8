from pathlib import Path

import pytest

from rltf.common.folders import HeldFolder, folder_for, read_json, write_json


def test_one_process_at_a_time_holds_a_folder(tmp_path: Path) -> None:
    held = HeldFolder(tmp_path / "a" / "b", "a thing", LookupError)
    with pytest.raises(LookupError, match="another process is running in"):
        HeldFolder(held_path := tmp_path / "a" / "b", "a thing", LookupError)
    held.let_go()
    HeldFolder(held_path, "a thing", LookupError).let_go()


def test_what_is_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LookupError, match=r"cannot write a thing to .*file: File exists"):
        HeldFolder(tmp_path / "file", "a thing", LookupError)


def test_json_is_written_whole_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    assert read_json(file, LookupError) is None
    assert read_json(file / "below", LookupError) is None
    write_json(file, {"a": [1, None]})
    assert read_json(file, LookupError) == {"a": [1, None]}
    assert list(tmp_path.iterdir()) == [file]
    for text, why in (("{", "Expecting"), ("[]", "not a JSON object")):
        file.write_text(text)
        with pytest.raises(LookupError, match=why):
            read_json(file, LookupError)


def test_a_folders_name_is_one_that_every_shell_takes() -> None:
    assert folder_for("hf:a/b-c d", "0123456789") == Path("runs/hf-a-b-c-d-01234567")
