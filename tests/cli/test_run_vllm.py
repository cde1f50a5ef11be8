"""``rltf run --set engine=vllm``, with the stand-in for vLLM of ``tests/models``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..models.llama_checkpoint import write_checkpoint
from ..models.test_vllm_engine import STAND_IN
from .run_files import lines

SMALL = {
    "dtype": "float32",
    "engine": "vllm",
    "prompt": "plain",
    "learning_rate": 0.01,
    "batch_size": 6,
    "supervised_batch_size": 0,
    "micro_batch_size": 64,
    "problems_per_round": 3,
    "samples_per_problem": 3,
    "buffer_size": 9,
    "buffer_start": 1.0,
    "refresh_every": 1,
    "max_prompt_tokens": 112,
    "max_new_tokens": 8,
    "held_out_limit": 2,
    "steps": 3,
}
WITH_VLLM = f"sys.path.insert(0, {str(STAND_IN)!r})\n"
RATIOS = """
from rltf.plugins.objectives import token_credit
likelihood_ratio = token_credit.likelihood_ratio
def recorded(batch):
    ratio = likelihood_ratio(batch)
    with open({file!r}, "a") as file:
        print((ratio - 1).abs().max().item(), file=file)
    return ratio
token_credit.likelihood_ratio = recorded
"""
NEVER_PUSHED = "import vllm; vllm.LLM.collective_rpc = lambda *_, **__: None"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint"))


def arguments(checkpoint: Path, folder: Path, **more: object) -> list[str]:
    settings = [f"--set={name}={value}" for name, value in (SMALL | more).items()]
    return ["run", "--policy", f"hf:{checkpoint}", "--reward", "fine,coarse", "--objective", "grpo", "--out", str(folder), *settings]  # fmt: skip


def test_a_run_trains_on_samples_and_log_probabilities_of_vllm(
    forked: Any, checkpoint: Path, tmp_path: Path
) -> None:
    folder, ratios = tmp_path / "run", tmp_path / "ratios"
    recorded = RATIOS.format(file=str(ratios))
    done = forked(arguments(checkpoint, folder), WITH_VLLM + recorded)
    assert done.code == 0, done.stderr
    first, *later = [float(line) for line in ratios.read_text().split()]  # a line for each step
    assert first < 1e-4
    assert max(later) > 0.01  # samples of weights that are older than those of the step
    metrics = lines(folder / "metrics.jsonl")
    assert [line["step"] for line in metrics] == [1, 2, 3]
    assert metrics[0]["gradient_norm"] > 0
    assert (folder / "summary.json").exists()


def test_an_engine_that_does_not_take_the_weights_is_refused(
    forked: Any, checkpoint: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    done = forked(arguments(checkpoint, folder), WITH_VLLM + NEVER_PUSHED)
    assert done.code == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"rltf: policy hf:{checkpoint}: vLLM computes something else than the ")
    assert last.endswith("leave out engine=vllm")
    assert not folder.exists()


def test_a_dry_run_shows_the_engine_and_refuses_what_the_run_would(
    forked: Any, checkpoint: Path, tmp_path: Path
) -> None:
    dry = [*arguments(checkpoint, tmp_path / "run"), "--dry-run"]
    done = forked(dry, WITH_VLLM)
    assert done.code == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["engine"], shown["dry_run"]["origin"]["engine"]) == ("vllm", "--set")
    assert "vllm" in shown["dry_run"]["needs"]["memory_bytes"]
    assert "engine=vllm (--set)" in done.stderr
    for words, line in (
        (dry, "engine vllm needs vLLM: pip install 'rltf[vllm]'"),
        (dry[:-1], "engine vllm needs vLLM: pip install 'rltf[vllm]'"),
    ):
        done = forked(words, "import importlib.util as u; f = u.find_spec\nu.find_spec = lambda n, *a: None if n == 'vllm' else f(n, *a)\n")  # fmt: skip
        assert (done.code, done.stderr) == (2, f"rltf: {line}\n")
    done = forked(["run", "--policy", "tiny-t5", "--set=engine=vllm", "--dry-run"], WITH_VLLM)
    assert done.code == 2
    assert done.stderr == (
        "rltf: policy tiny-t5: vLLM has no encoder-decoder models: leave out engine=vllm\n"
    )
    done = forked(["run", "--set=engine_memory=0.5", "--dry-run"])
    assert done.stderr == "rltf: engine_memory is for engine vllm: set engine=vllm too\n"
