"""Where data comes from: the path that was given, or the hub; nothing else."""

import pytest

from rltf import manager
from rltf.dataset import DataError
from rltf.plugins.datasets.data_source import locate

NAMES = ["apps", "mbpp", "mbppplus", "humaneval", "humanevalplus", "livecodebench"]
PATTERNS = ("data/test-*.parquet", "more.jsonl")


def find(path):
    return locate("some", path, repository="owner/some", patterns=PATTERNS)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty cache, and a hub that nothing answers for."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def cached(hub, *files):
    commit = "0" * 40
    root = hub / "datasets--owner--some"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(commit)
    for file in files:
        path = root / "snapshots" / commit / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root / "snapshots" / commit


def test_a_file_is_taken_as_it_is(tmp_path):
    (tmp_path / "any.name").touch()
    assert find(tmp_path / "any.name") == [tmp_path / "any.name"]


def test_of_a_folder_the_files_of_the_repository_are_taken(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("more.jsonl", "data/test-1.parquet", "data/test-0.parquet", "README.md"):
        (tmp_path / name).touch()
    names = ["data/test-0.parquet", "data/test-1.parquet", "more.jsonl"]
    assert find(tmp_path) == [tmp_path / name for name in names]


def test_a_folder_without_them_is_named(tmp_path):
    with pytest.raises(DataError, match="this folder holds no data of dataset some"):
        find(tmp_path)


def test_the_cache_of_the_hub_is_used(hub):
    folder = cached(hub, "data/test-0.parquet", "more.jsonl")
    assert find(None) == [folder / "data/test-0.parquet", folder / "more.jsonl"]


def test_half_a_copy_in_the_cache_is_not_taken_for_the_whole(hub):
    cached(hub, "more.jsonl")
    with pytest.raises(DataError, match=r"dataset some: .*--data PATH"):
        find(None)


@pytest.mark.parametrize("name", NAMES)
def test_without_data_each_dataset_says_how_to_give_it(name, hub):
    with pytest.raises(DataError) as caught:
        manager.get("dataset", name)
    message = str(caught.value)
    assert message.startswith(f"dataset {name}: no copy of ")
    assert f"in {hub}" in message
    assert "--data PATH" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", NAMES)
def test_a_path_that_is_not_there_is_named(name, tmp_path):
    with pytest.raises(DataError, match="absent: No such file or directory"):
        manager.get("dataset", name, path=str(tmp_path / "absent"))
