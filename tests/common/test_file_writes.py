import contextlib
import errno
from pathlib import Path

import pytest

from rltf.common.file_writes import name_in_errors, read_json, replacing, write_json


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
