from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rltf.cli import main
from rltf.sandbox.client.isolation_layers import LAYERS
from rltf.sandbox.doctor import examination


def test_it_shows_layers_and_attacks_and_ends_with_0() -> None:
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 0, done.output
    for name in (*LAYERS, "write a file", "held", "how to get it"):
        assert name in done.stdout


def test_json_is_for_machines() -> None:
    done = CliRunner().invoke(main, ["doctor", "--json"])
    report = json.loads(done.stdout)
    assert report["schema"] == 1
    assert report["held"] is True
    assert {layer["name"] for layer in report["layers"]} == set(LAYERS)
    assert all(finding["held"] for finding in report["findings"])


def test_an_attack_that_got_through_is_named_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finding = examination.Finding("write a file", ("seccomp",), False, "it got through")
    monkeypatch.setattr(examination, "examine", lambda: examination.Report((), (finding,)))
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert done.stderr == "rltf: the sandbox does not hold here: write a file\n"
    assert "NOT held" in done.stdout


@pytest.mark.parametrize(
    "command", [["exec"], ["score", "--dataset", "mini"], ["run", "--dry-run"]]
)
def test_a_layer_can_be_required(command: list[str], tmp_path: Path) -> None:
    program, samples = tmp_path / "program.py", tmp_path / "samples.jsonl"
    program.touch()
    samples.write_text('{"task_id": "mini/0000", "solution": ""}\n')
    arguments = {"exec": [str(program)], "score": [str(samples)], "run": []}[command[0]]
    known = CliRunner().invoke(main, [*command, *arguments, "--require-layer", "seccomp"])
    assert known.exit_code == 0, known.output
    unknown = CliRunner().invoke(main, [*command, *arguments, "--require-layer", "armour"])
    assert unknown.exit_code == 2
    assert "'armour'" in unknown.stderr
    assert unknown.stderr.count("\n") == 1
