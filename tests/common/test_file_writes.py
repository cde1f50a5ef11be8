import contextlib
import errno
import os
from pathlib import Path

import pytest

from rltf.common.file_writes import name_in_errors, put_in_place, read_json, replacing, write_json


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


def test_a_file_that_is_not_whole_does_not_take_the_place_of_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    file.write_bytes(b"old")
    with contextlib.suppress(LookupError), replacing(file, part=tmp_path / "part") as opened:
        opened.write(b"ne")
        raise LookupError
    assert file.read_bytes() == b"old"
    with replacing(file, part=tmp_path / "part") as opened:
        opened.write(b"new")
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_put_in_place_is_on_the_disk_before_and_after_its_rename(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, path = tmp_path / "part", tmp_path / "whole"
    content = part if kind == "file" else part / "inside"
    content.parent.mkdir(exist_ok=True)
    content.write_text("x")
    calls: list[tuple[str, bool]] = []
    fsync, sync = os.fsync, os.sync

    def record_fsync(descriptor: int) -> None:
        calls.append((os.readlink(f"/proc/self/fd/{descriptor}"), path.exists()))
        fsync(descriptor)

    def record_sync() -> None:
        calls.append(("every disk", path.exists()))
        sync()

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "sync", record_sync)
    put_in_place(part, path)
    before = str(part) if kind == "file" else "every disk"
    assert calls == [(before, False), (str(tmp_path), True)]
    assert [file.read_text() for file in (path, path / "inside") if file.is_file()] == ["x"]
    assert not part.exists()


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "full"), RuntimeError("No space left on device (os error 28)")],
)
def test_a_failure_to_write_names_the_file(error: Exception) -> None:
    with (
        pytest.raises(OSError, match=r"model\.safetensors") as caught,
        name_in_errors("model.safetensors"),
    ):
        raise error
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "model.safetensors")


def test_other_errors_stay_as_they_are() -> None:
    with pytest.raises(LookupError), name_in_errors("x"):
        raise LookupError
