"""``rltf run`` on several ranks: two processes with gloo do what one does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rltf.errors import RunError
from rltf.trainer.ranks import _is_of_a_message, _losing_a_rank

from .run_files import lines, run_arguments

SMALL = {
    "reward": "coarse,fine,adaptive",
    "warmup_steps": 2,
    "warmup_batch_size": 3,
    "batch_size": 5,
    "supervised_batch_size": 3,
    "micro_batch_size": 2,
    "problems_per_round": 3,
    "samples_per_problem": 2,
    "buffer_size": 6,
    "refresh_every": 2,
    "candidates_per_round": "none",
    "max_prompt_tokens": 60,
    "max_new_tokens": 8,
    "held_out_limit": 3,
    "checkpoint_every": 2,
    "steps": 4,
}
RANKS = """
import socket
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
rank = 0 if os.fork() else 1
os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "MASTER_PORT": str(port),
               "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
"""
"""What a launcher does."""
SHARDED = f'{RANKS}\nos.environ["ACCELERATE_USE_FSDP"] = "1"\n'
KILL = """
if rank == {rank}:
    at("rltf.trainer.update:Updater.step", {call}, lambda: os.kill(os.getpid(), 9))
"""


@pytest.fixture(scope="module")
def alone(forked: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "alone"
    done = forked(run_arguments(folder, SMALL))
    assert done.code == 0, done.stderr
    return folder


def require_the_same(folder: Path, alone: Path) -> None:
    """Require the losses of the run on one rank, but for rounding, and its very samples."""
    for one, two in zip(*(lines(each / "metrics.jsonl") for each in (alone, folder)), strict=True):
        for name in ("policy_loss", "supervised_loss"):
            assert two[name] == pytest.approx(one[name], abs=1e-5)
        assert two["gradient_norm"] == pytest.approx(one["gradient_norm"], rel=1e-3)
        assert two["samples"] == one["samples"]
    written = [
        [(line["task_id"], line["sample"], line["solution"], line["rewards"]) for line in each]
        for each in (lines(path / "samples.jsonl") for path in (alone, folder))
    ]
    assert written[0] == written[1]


def test_two_ranks_do_what_one_does(forked: Any, alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = forked(run_arguments(folder, SMALL), RANKS)
    assert done.code == 0, done.stderr
    require_the_same(folder, alone)
    assert done.stdout.count("pass@1") == 1
    assert done.stderr.count("held out at step 0") == 1


def test_a_rank_that_is_killed_ends_all_and_the_run_can_be_continued(
    forked: Any, alone: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    lost = (
        "another rank of this run has ended, and none can go on alone; the same command continues "
        "the run from its last checkpoint ("
    )
    # in step 3, behind the warm-up's 2; then in step 4, as the run continues after step 2
    for rank, call, code, prefix in ((1, 5, 1, ""), (0, 2, -9, "rank 1: ")):
        done = forked(run_arguments(folder, SMALL), RANKS + KILL.format(rank=rank, call=call))
        assert done.code == code, done.stderr
        assert f"\nrltf: {prefix}{lost}" in f"\n{done.stderr}"
        assert "Traceback" not in done.stderr
    assert forked(run_arguments(folder, SMALL), RANKS).code == 0
    require_the_same(folder, alone)


def test_sharded_weights_learn_the_same_and_a_run_goes_on_with_and_without_them(
    forked: Any, alone: Path, tmp_path: Path
) -> None:
    call = run_arguments(tmp_path / "run", SMALL | {"checkpoint_every": 1})
    # in step 2, behind the warm-up's 2; then in step 3
    assert forked(call, SHARDED + KILL.format(rank=0, call=4)).code == -9
    assert forked(call, f"rank = 0\n{KILL.format(rank=0, call=2)}").code == -9
    done = forked(call, SHARDED)
    assert done.code == 0, done.stderr
    assert "continuing after 2 steps" in done.stderr
    require_the_same(tmp_path / "run", alone)


def test_a_lost_message_between_sharded_weights_is_a_lost_rank() -> None:
    lost = "[/third_party/gloo/gloo/transport/tcp/pair.cc:537] Read error: Connection reset by peer"
    with pytest.raises(RunError, match="another rank"), _losing_a_rank(_is_of_a_message):
        raise RuntimeError(lost)
    with pytest.raises(RuntimeError, match="shape"), _losing_a_rank(_is_of_a_message):
        raise RuntimeError("shape '[2]' is invalid")


def test_sharded_weights_refuse_what_they_cannot_train(forked: Any, tmp_path: Path) -> None:
    done = forked(["run", "--out", str(tmp_path / "run"), "--set", "lora_r=2"], SHARDED)
    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("rltf: adapters (lora_r) are not trained with FSDP; launch with ")


def test_a_wrong_option_is_named_once(forked: Any, tmp_path: Path) -> None:
    done = forked(["run", "--reward", "fin"], RANKS)
    assert done.code == 2
    assert done.stderr.count("unknown reward 'fin'") == 1
