"""Trackers: TensorBoard's own reader reads what it drew; the others get the calls they expect."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from rltf import manager
from rltf.errors import ConfigError
from rltf.trainer import trackers

LINE = {
    "schema": 1,
    "step": 1,
    "policy_loss": 0.5,
    "staleness": None,
    "round": {"pass_rate": 0.25, "statuses": {"passed": 2}},
}
FIGURES = {"policy_loss": 0.5, "round/pass_rate": 0.25, "round/statuses/passed": 2}


def track(names: str, folder: Path, steps: list[int], taken: int = 0) -> None:
    with trackers.tracking(names, folder, {"seed": 5}, taken):
        for step in steps:
            manager.notify("rltf_step_end", metrics=LINE | {"step": step, "policy_loss": step / 2})


def test_the_names_of_scalars_are_those_of_the_metrics() -> None:
    assert trackers.scalars(LINE) == FIGURES


def test_a_resumed_run_continues_its_curve_in_tensorboard(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    track("tensorboard", tmp_path, [1, 2, 3])
    track("tensorboard", tmp_path, [3, 4], taken=2)  # killed after step 3, continued after step 2
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert set(events.Tags()["scalars"]) == set(FIGURES)
    points = [(point.step, point.value) for point in events.Scalars("policy_loss")]
    assert points == [(1, 0.5), (2, 1.0), (3, 1.5), (4, 2.0)]


STAND_IN = """
calls = []
class Settings:
    def __init__(self, **options): calls.append(("Settings", options))
class Run:
    def log(self, figures, step): log(figures, step)
    def finish(self): finish()
def init(**options):
    calls.append(("init", options))
    return Run()
def log(figures, step):
    if step == 3:
        raise OSError("no route to host")
    calls.append(("log", figures, step))
def finish(): calls.append(("finish",))
"""


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_tracker_gets_the_calls_that_its_package_expects(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shape of the calls alone: the package is a stand-in with the same functions."""
    packages, folder = tmp_path / "packages", tmp_path / "run"
    packages.mkdir()
    folder.mkdir()
    (packages / f"{name}.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(packages)
    monkeypatch.delitem(sys.modules, name, raising=False)
    for _ in range(2):
        track(name, folder, [1, 2])
    calls: list[Any] = sys.modules.pop(name).calls  # type: ignore[attr-defined]
    kinds = [call[0] for call in calls if call[0] != "Settings"]
    assert kinds == ["init", "log", "log", "finish"] * 2
    first, second = (
        options for kind, options in (c for c in calls if len(c) == 2) if kind == "init"
    )
    assert first.pop("settings", 0) is not second.pop("settings", 1)
    assert first == second  # the id and the name, so that the same curve goes on
    assert (first["project"], first["config"], first["resume"]) == ("rltf", {"seed": 5}, "allow")
    assert first["name"].startswith("run")
    assert calls[-2] == ("log", FIGURES | {"policy_loss": 1.0}, 2)


def test_a_tracker_that_fails_is_named_once_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "trackio.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "trackio", raising=False)
    track("trackio,tensorboard", tmp_path, [2, 3, 4, 5])
    sys.modules.pop("trackio")
    assert caplog.messages == [
        "warning: tracker trackio failed at step 3 and is left out from now on: OSError: no route to "
        "host; metrics.jsonl has every figure"
    ]
    assert list((tmp_path / "tensorboard").iterdir())


def test_wrong_names_and_missing_packages_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trackers.names_of(None) == []
    with pytest.raises(ConfigError, match="there is no tracker 'tensorbord'; did you mean tensorb"):
        trackers.names_of("tensorbord")
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    for name, package in (("wandb", "wandb"), ("tensorboard", r'"rltf\[tensorboard\]"')):
        monkeypatch.delitem(sys.modules, name, raising=False)
        with pytest.raises(
            ConfigError, match=f"tracker {name} needs a package: pip install {package}"
        ):
            trackers.names_of(name)
