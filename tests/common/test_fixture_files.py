"""The files that a problem gives to its tests."""

from __future__ import annotations

from typing import Any

import pytest

from rltf import Problem
from rltf.common import fixture_files


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "../a",
        "a/../b",
        "./a",
        "a//b",
        "a/",
        "a\0b",
        "n" * 256,
        "a/" * 600 + "a",
        ".",
        "\udcff",
    ],
)
def test_a_path_outside_of_the_folder_is_named(path: str) -> None:
    with pytest.raises(ValueError, match="must be a relative path") as caught:
        Problem("t", "", fixtures={path: "x"})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": 1}, "must be text or bytes"),
        ({"a": "x", "a/b": "y"}, "both a file and a folder"),
        ({"a": "\udcff"}, "surrogate"),
    ],
)
def test_files_of_no_use_are_named(files: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fixture_files.check(files)


@pytest.mark.parametrize("path", ["a", "a.b/c d/ü.txt", ".hidden", "..a", "-rf"])
def test_other_paths_are_fine(path: str) -> None:
    assert Problem("t", "", fixtures={path: "x"}).files


def test_text_and_bytes_survive_json() -> None:
    files: dict[str, str | bytes] = {"a": "ü\n", "b/c": b"\xff\0"}
    assert fixture_files.from_json(fixture_files.to_json(files)) == files
    assert fixture_files.encoded(files) == (("a", "ü\n".encode()), ("b/c", b"\xff\0"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "must be an object"),
        ({"a": 1}, "must be text or"),
        ({"a": {"base64": "!"}}, "not base64"),
        ({"a": {"base64": "", "x": ""}}, "must be text or"),
    ],
)
def test_wrong_json_is_named(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fixture_files.from_json(value)
