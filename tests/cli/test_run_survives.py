"""``rltf run`` is killed, stopped, starved: real forks of a process that has torch, no mock."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ..forked import Forks
from .run_files import lines, repeatable_metrics, run_arguments

SMALL = {
    "reward": "coarse,fine,adaptive,ppocoder",
    "warmup_steps": 4,
    "warmup_batch_size": 4,
    "batch_size": 6,
    "supervised_batch_size": 2,
    "problems_per_round": 3,
    "samples_per_problem": 2,
    "buffer_size": 18,
    "refresh_every": 2,
    "candidates_per_round": "none",
    "max_prompt_tokens": 60,
    "max_new_tokens": 8,
    "held_out_limit": 3,
    "checkpoint_every": 3,
    "final_learning_rate_share": 1,
    "steps": 5,
    "seed": 5,
}


def arguments(folder: Path, **changes: object) -> list[str]:
    return run_arguments(folder, SMALL | changes)


def repeatable(folder: Path) -> list[Any]:
    """All that the same seed repeats: metrics, samples, weights, and the result."""
    metrics = repeatable_metrics(folder)
    summary = json.loads((folder / "summary.json").read_text())
    result = {name: summary[name] for name in ("pass_at_1", "errors", "samples", "unscored")}
    weights = (folder / "model" / "model.safetensors").read_bytes()
    return [metrics, lines(folder / "samples.jsonl"), result, weights]


@pytest.fixture(scope="module")
def whole(forked: Forks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    done = forked(arguments(folder))
    assert done.code == 0, done.stderr
    return folder


KILL = "at({place!r}, {call}, lambda: os.kill(os.getpid(), 9))"
HALF_A_CHECKPOINT = """
import torch
save = torch.save
def half(state, file):
    save(state, file)
    if state["step"] == 5:
        file.truncate(file.tell() // 2)
        os.kill(os.getpid(), 9)
torch.save = half
"""
KILLS = {
    "warm-up": KILL.format(place="rltf.trainer.update:Updater.step", call=4),
    "evaluation": KILL.format(place="rltf.trainer.loop:evaluate", call=1),
    "filling the buffer": KILL.format(place="rltf.trainer.rounds:Rounds.play", call=2),
    "a step": KILL.format(place="rltf.trainer.update:Updater.step", call=5),
    "a checkpoint": HALF_A_CHECKPOINT,
    "the model": KILL.format(place="rltf.models.policy:Policy.save", call=1),
    "the summary": KILL.format(place="rltf.trainer.run_folder:write_json", call=1),
}
"""Where a run is killed to what kills it, in the order in which one run gets there."""


def some_or_all(moments: Mapping[str, str], *some: str) -> pytest.MarkDecorator:
    """Run a test with some of the moments, and with all of them in the tier ``slow``."""
    few = {moment: moments[moment] for moment in some}
    every = pytest.param(moments, id="all", marks=pytest.mark.slow)
    return pytest.mark.parametrize("moments", [pytest.param(few, id="some"), every])


@some_or_all(KILLS, "filling the buffer", "a checkpoint")
def test_a_run_that_is_killed_again_and_again_repeats_the_one_that_was_not(
    forked: Forks, whole: Path, tmp_path: Path, moments: Mapping[str, str]
) -> None:
    folder = tmp_path / "killed"
    call: Sequence[str] = [*arguments(folder), "--tracker", "tensorboard"]
    for moment, before in moments.items():
        done = forked(call, before)
        assert done.code == -9, (moment, done.stderr)
        assert not (folder / "summary.json").exists(), moment
        call = ["run", "--resume", str(folder)]
    done = forked(call)
    assert done.code == 0, done.stderr
    assert repeatable(folder) == repeatable(whole)
    require_the_curve_of(folder)


def require_the_curve_of(folder: Path) -> None:
    """Require that TensorBoard shows each step once, with the figures of ``metrics.jsonl``."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    metrics = lines(folder / "metrics.jsonl")
    drawn = {point.step: point.value for point in events.Scalars("policy_loss")}
    assert len(events.Scalars("policy_loss")) == len(drawn) == len(metrics)
    for line in metrics:
        assert drawn[line["step"]] == pytest.approx(line["policy_loss"], rel=1e-6)
    assert [point.step for point in events.Scalars("round/pass_rate")] == [
        line["step"] for line in metrics if "round" in line
    ]


SEND = "at({place!r}, {call}, lambda: os.kill(os.getpid(), {signal}))"
STOPS = {
    "continuing after 3 of 4 warm-up steps": SEND.format(
        place="rltf.trainer.update:Updater.step", call=3, signal=2
    ),
    "continuing after 4 of 4 warm-up steps": SEND.format(
        place="rltf.trainer.loop:evaluate", call=1, signal=15
    ),
    "continuing after 2 rounds that fill the buffer": SEND.format(
        place="rltf.trainer.rounds:Rounds.play", call=2, signal=15
    ),
    "continuing after 2 steps": SEND.format(
        place="rltf.trainer.update:Updater.step", call=2, signal=2
    ),
}
"""What the next process says of the work that it continues, to what stops the one before it."""


@some_or_all(
    STOPS,
    "continuing after 3 of 4 warm-up steps",
    "continuing after 2 rounds that fill the buffer",
)
def test_a_run_that_is_stopped_saves_what_it_did_and_says_how_to_continue(
    forked: Forks, whole: Path, tmp_path: Path, moments: Mapping[str, str]
) -> None:
    folder = tmp_path / "stopped"
    call: Sequence[str] = arguments(folder)
    said = ""
    for continuing, before in moments.items():
        done = forked(call, before)
        assert done.code == (130 if before.endswith(" 2))") else 143), done.stderr
        assert done.stderr.splitlines()[-1] == (
            f"rltf: stopped; rltf run --resume {folder} continues it"
        )
        assert said in done.stderr
        said, call = continuing, ["run", "--resume", str(folder)]
    done = forked(call)
    assert said in done.stderr
    assert repeatable(folder) == repeatable(whole)


def test_a_run_that_has_written_nothing_yet_does_not_say_how_to_continue(
    forked: Forks, tmp_path: Path
) -> None:
    before = SEND.format(place="rltf.models.loading:load_policy", call=1, signal=2)
    done = forked(arguments(tmp_path / "run"), before)
    assert (done.code, done.stderr.strip()) == (130, "rltf: stopped")


FILL = """
import resource
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
sys.dont_write_bytecode = True  # the limit would cut it, and nobody could import it any more
at({place!r}, {call}, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, most)))
"""
FULL_DISKS = {
    "checkpoints/step-00000000.pt": FILL.format(
        place="rltf.trainer.update:Updater.step", call=3, size=20_000
    ),
    "samples.jsonl": FILL.format(place="rltf.trainer.rounds:Rounds.play", call=1, size=10),
    "metrics.jsonl": FILL.format(place="rltf.trainer.update:Updater.step", call=1, size=10),
    "checkpoints/step-00000003.pt": FILL.format(
        place="rltf.trainer.loop:save_checkpoint", call=1, size=20_000
    ),
    "model.part": FILL.format(place="rltf.models.policy:Policy.save", call=1, size=20_000),
    "summary.json": FILL.format(place="rltf.trainer.run_folder:write_json", call=1, size=10),
}
"""The file that does not fit on the disk to what fills it, in the order of a run."""


@some_or_all(FULL_DISKS, "samples.jsonl", "checkpoints/step-00000003.pt")
def test_a_full_disk_names_the_file_and_the_run_can_be_continued(
    forked: Forks, whole: Path, tmp_path: Path, moments: Mapping[str, str]
) -> None:
    folder = tmp_path / "run"
    call: Sequence[str] = arguments(folder)
    for file, before in moments.items():
        done = forked(call, before)
        assert done.code == 1, (file, done.stderr)
        assert done.stderr.splitlines()[-1] == (
            f"rltf: cannot write {folder / file}: File too large; free some space, then "
            f"rltf run --resume {folder} continues it"
        )
        assert "Traceback" not in done.stderr
        call = ["run", "--resume", str(folder)]
    assert forked(call).code == 0
    assert repeatable(folder) == repeatable(whole)


KILL_WORKERS = """
import contextlib
def kill_children():
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            with open(f"/proc/{entry.name}/stat") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
            if parent == os.getpid():
                os.kill(int(entry.name), 9)
                print("killed", entry.name)
at("rltf.trainer.rounds:Rounds.play", 2, kill_children)
"""


def test_a_run_whose_sandbox_workers_are_killed_goes_on(
    forked: Forks, whole: Path, tmp_path: Path
) -> None:
    done = forked(arguments(tmp_path / "run"), KILL_WORKERS)
    assert done.code == 0, done.stderr
    assert done.stdout.startswith("killed ")
    assert repeatable(tmp_path / "run") == repeatable(whole)


def test_a_gradient_that_is_not_finite_ends_the_run_with_a_clear_line(
    forked: Forks, tmp_path: Path
) -> None:
    done = forked(arguments(tmp_path / "run", warmup_learning_rate=1e30, clip_norm=1e30))
    assert done.code == 1, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("rltf: the gradient is nan (")
    assert last.endswith("start another run with a lower learning rate or other rewards")


PROBLEM = {
    "prompt": "Return x.",
    "entry_point": "f",
    "tests": [{"args": [1], "expected": 1}],
    "solutions": ["def f(x):\n    return x\n"],
}


def test_a_round_without_samples_says_why_and_the_run_goes_on(
    forked: Forks, tmp_path: Path
) -> None:
    problems = [PROBLEM | {"task_id": split, "split": split} for split in ("train", "test")]
    data = tmp_path / "problems.jsonl"
    data.write_text("".join(f"{json.dumps(problem)}\n" for problem in problems))
    learned = {"warmup_steps": 40, "max_new_tokens": 24, "candidates_per_round": 1, "steps": 2}
    words = ["--dataset", "file", "--data", str(data), "--set", "warmup_learning_rate=0.005"]
    done = forked([*arguments(tmp_path / "run", **learned), *words])
    assert done.code == 0, done.stderr
    assert "0 samples: 1 of 1 problems are solved by the greedy program" in done.stderr
    assert [line["policy_loss"] for line in lines(tmp_path / "run" / "metrics.jsonl")] == [0, 0]


def test_a_finished_run_goes_on_when_it_is_given_more_steps(
    forked: Forks, whole: Path, tmp_path: Path
) -> None:
    longer = tmp_path / "longer"
    assert forked(arguments(longer, steps=7)).code == 0
    folder = tmp_path / "finished"
    shutil.copytree(whole, folder)
    done = forked(["run", "--resume", folder, "--steps", "7", "--set", "checkpoint_every=2"])
    assert done.code == 0
    assert "rltf: steps is 7 after step 5, and was 5\n" in done.stderr
    assert "continuing after 5 steps" in done.stderr
    assert repeatable(folder) == repeatable(longer)
    config = json.loads((folder / "config.json").read_text())
    assert (config["steps"], config["checkpoint_every"]) == (7, 2)
    assert config["changes"] == [
        {"step": 5, "option": "steps", "from": 5, "to": 7},
        {"step": 5, "option": "checkpoint_every", "from": 3, "to": 2},
    ]
    again = forked(["run", "--resume", folder])
    assert (again.code, again.stderr) == (0, "")
    refused = forked(["run", "--resume", folder, "--dry-run", "--set", "top_p=0.5"])
    assert refused.code == 2
    assert refused.stderr.startswith(f"rltf: cannot resume {folder} with top_p=0.5: what it has")
