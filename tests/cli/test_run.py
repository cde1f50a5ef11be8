"""``rltf run`` from the command line: real models, real programs, the real sandbox."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rltf.cli import main
from rltf.models.policy import Policy
from rltf.samples import verdict_line

from ..forked import Forks

SMALL = {
    "reward": "coarse,fine,adaptive,ppocoder",
    "warmup_steps": 3,
    "warmup_batch_size": 8,
    "batch_size": 8,
    "supervised_batch_size": 4,
    "problems_per_round": 4,
    "samples_per_problem": 3,
    "buffer_size": 24,
    "refresh_every": 2,
    "candidates_per_round": "none",
    "max_prompt_tokens": 100,
    "max_new_tokens": 12,
    "held_out_limit": 6,
    "checkpoint_every": 3,
}
STEPS = 7


def arguments(folder: Path, **changes: object) -> list[str]:
    options = SMALL | {"steps": STEPS, "seed": 5} | changes
    settings = [f"--set={name}={value}" for name, value in options.items()]
    return ["run", "--policy", "tiny", "--out", str(folder), *settings]


def finish(call: list[str]) -> str:
    """Output of a run that ends, in this process, where torch is loaded and the tasks are made."""
    result = CliRunner().invoke(main, call)
    assert result.exit_code == 0, result.output
    return result.stdout


def lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a run that ended, and what it printed."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return folder, finish(arguments(folder))


@pytest.fixture
def call() -> Callable[..., tuple[int, str]]:
    """Exit code and output of a call in this process."""

    def run(*words: object) -> tuple[int, str]:
        result = CliRunner().invoke(main, [str(word) for word in words])
        return result.exit_code, result.output

    return run


def test_the_folder_holds_what_the_design_says(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "config.json",
        "metrics.jsonl",
        "samples.jsonl",
        "checkpoints",
        "model",
        "summary.json",
    }
    config = json.loads((folder / "config.json").read_text())
    assert config["schema"] == 1
    expected = SMALL | {"candidates_per_round": None}
    assert {name: config[name] for name in SMALL} == expected
    metrics = lines(folder / "metrics.jsonl")
    assert [line["step"] for line in metrics] == list(range(1, STEPS + 1))
    samples = lines(folder / "samples.jsonl")
    # 2 rounds fill the buffer before the first step; then one after every second step.
    assert len(samples) == 5 * 4 * (3 + 1)
    assert {line["schema"] for line in metrics + samples} == {1}


def test_the_summary_counts_what_happened(finished: tuple[Path, str]) -> None:
    folder, output = finished
    summary = json.loads((folder / "summary.json").read_text())
    assert set(summary) == {
        "schema",
        "pass_at_1",
        "interval",
        "errors",
        "samples",
        "experiences",
        "left_out",
        "samples_per_s",
        "unscored",
        "guarded_left_out",
        "plugin_failures",
        "layers",
        "seconds",
    }
    assert {"no_new_privs", "seccomp", "rlimits"} <= set(summary["layers"])
    assert set(summary["pass_at_1"]) == set(summary["errors"]) == {"before", "after"}
    assert sum(summary["errors"]["before"].values()) == SMALL["held_out_limit"]
    assert (summary["samples"], summary["unscored"]) == (5 * 4 * (3 + 1), 0)
    seconds = summary["seconds"]
    parts = ["start", "warmup", "generation", "reward_exposed", "update", "evaluation", "other"]
    assert {*seconds} == {"total", "reward", *parts}
    assert sum(seconds[part] for part in parts) == pytest.approx(seconds["total"], abs=0.005)
    assert all(seconds[part] >= 0 for part in parts)
    assert seconds["start"] > 0 < seconds["evaluation"]
    (shown,) = [line for line in output.splitlines() if " seconds: start " in line]
    assert shown.endswith(
        f"other {seconds['other']:.1f}; reward {seconds['reward']:.1f}, meanwhile"
    )
    assert output.splitlines()[-1] == str(folder / "summary.json")


def test_samples_are_what_the_sandbox_says_of_them(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    samples = lines(folder / "samples.jsonl")
    broken = [line for line in samples if line["status"] == "syntax_error"]
    assert broken
    for line in broken:
        verdict = verdict_line.from_dict(line).verdict
        assert (verdict.status, verdict.passed) == ("syntax_error", False)
        assert line["rewards"]["coarse"] == -1.0
        with pytest.raises(SyntaxError):
            compile(line["solution"], "solution.py", "exec")


def test_the_reference_policy_is_the_one_that_the_first_samples_are_from(
    finished: tuple[Path, str],
) -> None:
    folder, _ = finished
    distances = [line["round"]["kl"] for line in lines(folder / "metrics.jsonl") if "round" in line]
    assert distances[0] == pytest.approx(0.0, abs=1e-6)
    assert abs(distances[-1]) > 1e-5
    assert (folder / "checkpoints" / "reference.pt").is_file()


def test_the_trained_model_loads_as_a_hub_policy(finished: tuple[Path, str]) -> None:
    from rltf import manager

    folder, _ = finished
    policy: Policy = manager.get("policy", f"hf:{folder / 'model'}").load()
    assert type(policy.model).__name__ == "CodeGenForCausalLM"
    assert policy.token_table[policy.encode_target("def", 9)[-1]] == b""


def test_a_finished_run_is_not_run_again(
    finished: tuple[Path, str], call: Callable[..., tuple[int, str]]
) -> None:
    folder, output = finished
    before = (folder / "metrics.jsonl").stat().st_mtime_ns
    for words in (arguments(folder), ["run", "--resume", folder]):
        assert call(*words) == (0, output)
    assert (folder / "metrics.jsonl").stat().st_mtime_ns == before


def test_other_options_in_the_folder_are_named(
    finished: tuple[Path, str], call: Callable[..., tuple[int, str]]
) -> None:
    folder, _ = finished
    for words, message in (
        (
            arguments(folder, temperature=0.5),
            "holds a run with temperature=1.0, not temperature=0.5",
        ),
        (
            ["run", "--resume", folder, "--set", "temperature=0.5"],
            "done with temperature=1.0; only",
        ),
        (arguments(folder, steps=9), f"rltf run --resume {folder} --set steps=9 continues it"),
    ):
        code, output = call(*words)
        assert code == 2
        assert str(folder) in output
        assert message in output


EXECUTOR = """
import rltf

class Counting:
    # the sandbox, which says how many programs it was given
    def __init__(self):
        self.sandbox = rltf.Sandbox(isolation="program")
        self.count = 0
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.sandbox.close()
        print("judged", self.count)
    def judge_many(self, items, as_completed=False):
        for item in self.sandbox.judge_many(items, as_completed=as_completed):
            self.count += 1
            yield item

@rltf.hookimpl
def rltf_register_executors(register):
    register("counting", Counting)
"""


def test_an_executor_of_a_plugin_judges_the_run_and_belongs_to_its_options(
    tmp_path: Path, call: Callable[..., tuple[int, str]]
) -> None:
    plugin = tmp_path / "counting.py"
    plugin.write_text(EXECUTOR)
    folder = tmp_path / "run"
    small = {"steps": 0, "warmup_steps": 0, "held_out_limit": 1, "reward": "coarse"}
    output = finish(
        ["--plugin", str(plugin), *arguments(folder, **small), "--executor", "counting"]
    )
    # The held-out program is the same before the steps and after them: it is judged once.
    assert output.splitlines()[0] == "judged 1"
    assert json.loads((folder / "config.json").read_text())["executor"] == "counting"
    assert json.loads((folder / "summary.json").read_text())["layers"] == []
    code, output = call(*arguments(folder, **small))
    assert code == 2
    assert f"{folder} holds a run with executor=counting, not executor=sandbox" in output


def test_an_executor_is_checked_before_the_run(
    tmp_path: Path, call: Callable[..., tuple[int, str]]
) -> None:
    code, output = call("run", "--executor", "sandbix", "--dry-run", "--out", tmp_path / "run")
    assert (code, output.count("\n")) == (2, 1)
    assert "unknown executor 'sandbix'; did you mean sandbox?" in output
    plugin = tmp_path / "plain.py"
    plugin.write_text(EXECUTOR.replace('"counting"', '"plain"'))
    words = ["--executor", "plain", "--set", "isolation=program", "--dry-run"]
    code, output = call("--plugin", plugin, "run", *words, "--out", tmp_path / "run")
    assert (code, output.count("\n")) == (2, 1)
    assert "executor plain has no isolation: leave out that option" in output


def test_a_run_from_before_there_was_a_choice_of_executors_goes_on(
    finished: tuple[Path, str], tmp_path: Path, call: Callable[..., tuple[int, str]]
) -> None:
    whole, _ = finished
    config = json.loads((whole / "config.json").read_text())
    del config["executor"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "summary.json").write_bytes((whole / "summary.json").read_bytes())
    assert call("run", "--resume", tmp_path)[0] == 0


def test_a_dry_run_prints_every_option_and_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "dry"
    words = ["run", "--dry-run", "--out", str(folder), "--policy", "codet5", "--steps", "3"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0
    options = json.loads(result.stdout)
    assert (options["policy"], options["steps"], options["buffer_size"]) == ("codet5", 3, 6400)
    assert not folder.exists()


def test_a_dry_run_says_where_options_come_from_and_what_the_run_needs() -> None:
    words = ["--steps", "3", "--set", "mode=official", "--set", "lora_r=2", "--dry-run"]
    result = CliRunner().invoke(main, ["run", *words])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["dry_run"]
    origin = found["origin"]
    chosen = ("steps", "lora_r", "baseline", "top_p", "seed")
    assert [origin[name] for name in chosen] == ["--steps", "--set", "mode", "policy", "default"]
    assert found["needs"]["parameters"] == 945_172
    assert found["needs"]["trained_parameters"] < 50_000
    assert "945,172 parameters" in result.stderr
    assert "lora_r=2 (--set)" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--reward", "coarse,fin"], "unknown reward 'fin'; did you mean fine"),
        (["--policy", "tinny"], "unknown policy 'tinny'; did you mean tiny"),
        (["--dataset", "minni"], "unknown dataset 'minni'; did you mean mini"),
        (["--classifier", "rlf"], "unknown classifier 'rlf'; did you mean rltf"),
        (["--objective", "rlf"], "unknown objective 'rlf'; did you mean rltf"),
        (["--dataset", "file", "--data", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--set", "learning_rat=1"], "did you mean learning_rate"),
        (["--resume", "nowhere"], "nowhere holds no run"),
        (["--steps", "-1"], "steps must be a whole number of at least 0"),
        (["--steps", "x"], "'x' is not a valid integer"),
        (["--set", "dtype=bf16"], "dtype must be auto or float32 or bfloat16, not 'bf16'; did you"),
        (["--set", "lora_targets=q"], "lora_targets is for adapters: set lora_r too"),
        (["--set", "critic=some-folder"], "nothing here uses the critic: reward critic does"),
        (["--set", "max_new_tokens=5000"], "max_prompt_tokens + max_new_tokens"),
    ],
)
def test_bad_options_are_one_clear_line(
    words: list[str],
    message: str,
    call: Callable[..., tuple[int, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output = call("run", *words)
    assert code == 2
    assert message in output
    assert "Traceback" not in output


def test_prompts_that_are_too_long_are_refused_at_the_start(
    call: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output = call("run", "--set", "prompt=task", "--set", "max_prompt_tokens=2")
    assert code == 2
    assert re.search(
        r"the prompts of (\d+) of \1 problems, such as \S+, are longer than max_prompt_tokens=2 even "
        r"without their question; --set max_prompt_tokens=\d+ is enough for all",
        output,
    ), output
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_is_not_here_is_one_clear_line(
    call: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    code, output = call("run", "--policy", "codet5")
    assert code == 2
    assert "no copy of Salesforce/codet5-large-ntp-py in" in output
    assert "Traceback" not in output
    assert list(tmp_path.iterdir()) == []


FAILING = """
from rltf import RewardTerm, hookimpl

def failing(judged):
    raise OSError("no disk")

@hookimpl
def rltf_register_rewards(register):
    register("test-no-disk", lambda: failing)
"""


def test_a_reward_that_keeps_failing_stops_the_run(forked: Forks, tmp_path: Path) -> None:
    plugin = tmp_path / "no_disk.py"
    plugin.write_text(FAILING)
    call = arguments(tmp_path / "run", warmup_steps=0, reward="fine,test-no-disk")
    done = forked(["--plugin", str(plugin), *call])
    assert done.code == 1
    assert "reward 'test-no-disk' failed on 3 samples in a row" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_options_and_mode_are_checked_before_anything_is_loaded(call: Callable[..., Any]) -> None:
    assert call("run", "--reward", "fine[mode=other]")[0] == 2
    assert call("run", "--reward", "fine[speed=1]")[0] == 2
    words = ["--set", "mode=official", "--reward", "fine,adaptive:0.5", "--dry-run"]
    config = json.loads(finish(["run", *words]))
    assert (config["mode"], config["baseline"]) == ("official", "greedy")


@pytest.mark.parametrize(
    "words",
    [
        ["--reward", "fin"],
        ["--policy", "hf:/no/such/folder"],
        ["--dataset", "minni"],
        ["--set", "max_new_tokens=5000"],
        ["--steps", "-1"],
        ["--out", "/proc/x"],
        ["--set", "dtype=float31"],
        ["--set", "lora_alpha=8"],
        ["--set", "tracker=nothing", "--dry-run"],
    ],
)
def test_torch_is_not_imported_to_refuse_a_run(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from rltf.cli import main\n"
        "try:\n"
        f"    main({['run', *words]})\n"
        "finally:\n"
        "    assert not {'torch', 'transformers'} & sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "AssertionError" not in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "max_new_tokens=5000"], "policy tiny reads at most 192 tokens"),
        (["--policy", "hf:/no/such/folder"], "neither a folder here nor a model id"),
        (["--policy", "hf:{tmp}"], "lacks config.json"),
        (["--dataset", "file", "--data", "{tmp}/problems.jsonl"], "no reference programs"),
        (["--out", "{tmp}/problems.jsonl"], "problems.jsonl is not a folder"),
        (["--out", "/proc/x"], "cannot write a run to /proc/x: no "),
        (["--set", "lora_r=2", "--set", "lora_targets=q_proj"], "has no layer 'q_proj'; it has"),
    ],
)
def test_a_dry_run_refuses_what_the_run_would_refuse(
    words: list[str], message: str, call: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    tests = [{"args": [1], "expected": 1}]
    (tmp_path / "problems.jsonl").write_text(
        "".join(
            json.dumps({"task_id": i, "prompt": "p", "entry_point": "f", "tests": tests}) + "\n"
            for i in range(3)
        )
    )
    filled = [word.replace("{tmp}", str(tmp_path)) for word in words]
    dry = call("run", *filled, "--dry-run")
    assert dry[0] == 2
    assert message in dry[1]
    assert "--help" not in dry[1]
    assert call("run", *filled) == dry


def test_a_dry_run_makes_no_task_of_mini(
    call: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rltf.plugins.datasets.mini.roled_tasks", lambda *options: 1 / 0)
    assert call("run", "--dry-run")[0] == 0
