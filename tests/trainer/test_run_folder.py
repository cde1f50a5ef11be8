from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rltf.errors import RunError
from rltf.trainer.checkpoint import load_checkpoint, save_checkpoint
from rltf.trainer.config import Config, ConfigError
from rltf.trainer.run_folder import RunFolder, read_summary, steps_taken


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    config = Config()
    message = "another process is running in"
    with RunFolder(tmp_path, config), pytest.raises(ConfigError, match=message):
        RunFolder(tmp_path, config)
    with RunFolder(tmp_path, config):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot write a run to .*file"):
        RunFolder(tmp_path / "file", Config())


@pytest.mark.parametrize("content", ["{", "[]", "\x00"])
@pytest.mark.parametrize("name", ["config.json", "summary.json"])
def test_a_damaged_file_is_named(name: str, content: str, tmp_path: Path) -> None:
    with RunFolder(tmp_path, Config()):
        (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=rf"cannot read .*{name}"):
        read_summary(tmp_path, Config())


def test_a_run_is_finished_when_its_summary_is_there(tmp_path: Path) -> None:
    config = Config()
    assert read_summary(tmp_path, config) is None
    with RunFolder(tmp_path, config) as folder:
        assert read_summary(tmp_path, config) is None
        folder.finish(lambda path: path.mkdir(), {"samples": 3})
    assert read_summary(tmp_path, config) == {"samples": 3}
    assert (tmp_path / "model").is_dir()
    with pytest.raises(ConfigError, match="seed=0, not seed=1"):
        read_summary(tmp_path, Config(seed=1))


def test_a_damaged_checkpoint_is_named_and_nothing_is_taken_back(tmp_path: Path) -> None:
    with RunFolder(tmp_path, Config()) as folder:
        save_checkpoint(folder, 1, {"model": {"w": torch.ones(2)}})
        folder.metrics.append([{"step": 1}])
        (file,) = folder.checkpoints.glob("step-*.pt")
        whole = file.read_bytes()
        for damaged in (b"", whole[: len(whole) // 2], b"garbage" * 100, b"hello"):
            file.write_bytes(damaged)
            with pytest.raises(RunError, match=f"{file.name} is damaged"):
                load_checkpoint(folder)
    assert (tmp_path / "metrics.jsonl").read_text()


def test_a_checkpoint_without_the_lines_that_were_written_before_it_is_refused(
    tmp_path: Path,
) -> None:
    with RunFolder(tmp_path, Config()) as folder:
        folder.metrics.append([{"step": 1}])
        save_checkpoint(folder, 1, {})
        folder.metrics.cut(3)
        with pytest.raises(RunError, match=r"metrics\.jsonl lacks lines .* step-00000001\.pt"):
            load_checkpoint(folder)
    assert (tmp_path / "metrics.jsonl").read_text() == '{"s'


def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    with RunFolder(tmp_path, Config()) as folder:
        no_checkpoints: list[object] = [{"model": {}}, torch.ones(2)]
        for content in no_checkpoints:
            torch.save(content, folder.checkpoints / "step-00000001.pt")
            with pytest.raises(RunError, match=r"step-00000001\.pt is no checkpoint"):
                load_checkpoint(folder)


def test_a_copy_of_a_checkpoint_is_left_alone(tmp_path: Path) -> None:
    with RunFolder(tmp_path, Config()) as folder:
        copied = folder.checkpoints / "step-00000001-copy.pt"
        copied.write_text("")
        save_checkpoint(folder, 2, {})
        assert load_checkpoint(folder) == {
            "step": 2,
            "line_files": dict.fromkeys(folder.line_files, 0),
        }
        assert (copied.exists(), steps_taken(tmp_path)) == (True, 2)


def test_lines_written_after_the_checkpoint_are_taken_back(tmp_path: Path) -> None:
    with RunFolder(tmp_path, Config()) as folder:
        folder.metrics.append([{"step": 1}])
        save_checkpoint(folder, 1, {"model": {"w": torch.ones(2)}})
        folder.metrics.append([{"step": 2}])
        folder.samples.append([{"program": ""}])
        state = load_checkpoint(folder)
    assert state is not None
    assert state["step"] == 1
    assert torch.equal(state["model"]["w"], torch.ones(2))
    assert (tmp_path / "metrics.jsonl").read_text() == '{"step": 1}\n'
    assert (tmp_path / "samples.jsonl").read_text() == ""


def test_without_a_checkpoint_the_lines_start_over(tmp_path: Path) -> None:
    with RunFolder(tmp_path, Config()) as folder:
        folder.metrics.append([{"step": 1}])
        assert load_checkpoint(folder) is None
    assert (tmp_path / "metrics.jsonl").read_text() == ""


def test_a_checkpoint_cut_short_is_not_there(tmp_path: Path) -> None:
    with RunFolder(tmp_path, Config()) as folder:
        save_checkpoint(folder, 3, {})
        (tmp_path / "checkpoints" / "part").write_bytes(b"half of step 6")
        state = load_checkpoint(folder)
        assert state is not None
        assert state["step"] == 3
        save_checkpoint(folder, 6, {})
    assert [file.name for file in (tmp_path / "checkpoints").iterdir()] == ["step-00000006.pt"]


def test_lines_that_belong_to_nobody_are_not_wiped(tmp_path: Path) -> None:
    (tmp_path / "samples.jsonl").write_text("{}\n")
    message = r"holds samples.jsonl but no config.json of a run; give another --out"
    with pytest.raises(ConfigError, match=message):
        RunFolder(tmp_path, Config())
    assert [file.name for file in tmp_path.iterdir()] == ["samples.jsonl"]


def test_a_torn_line_is_cut_off_when_the_folder_is_opened_again(tmp_path: Path) -> None:
    with RunFolder(tmp_path, Config()) as folder:
        folder.metrics.append([{"step": 1}])
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step"')
    with RunFolder(tmp_path, Config()) as folder:
        assert list(folder.metrics) == [{"step": 1}]
    assert (tmp_path / "metrics.jsonl").read_text() == '{"step": 1}\n'
