"""The doctor's attacks are real ones, and the sandbox holds against them on every tier."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rltf.sandbox import Sandbox, SandboxError
from rltf.sandbox.client.isolation_layers import LAYERS
from rltf.sandbox.doctor import examination
from rltf.sandbox.doctor.attacks import ATTACKS, Attack


@pytest.fixture
def facts() -> Iterator[dict[str, Any]]:
    with examination.targets() as made, tempfile.TemporaryFile() as file:
        yield made | {"descriptor": file.fileno()}


@pytest.fixture(scope="module")
def report() -> examination.Report:
    return examination.examine()


def may_make_user_namespaces() -> bool:
    probe = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"
    return subprocess.run([sys.executable, "-c", probe]).returncode == 0


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_without_a_sandbox_it_gets_through(
    attack: Attack, facts: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "left").touch()
    done = subprocess.run(
        [sys.executable, "-c", attack.source],
        input=json.dumps(facts),
        capture_output=True,
        text=True,
        pass_fds=[facts["descriptor"]],
        cwd=tmp_path,
    )
    stopped = attack.name == "make a user namespace" and not may_make_user_namespaces()
    assert (facts["got_through"] in done.stderr) is not stopped


def test_the_sandbox_holds(report: examination.Report) -> None:
    assert [finding.name for finding in report.findings if not finding.held] == []
    assert report.held
    has_files = next(layer.in_force for layer in report.layers if layer.name == "files")
    tried = {attack.name for attack in ATTACKS if has_files or not attack.files}
    assert {finding.name for finding in report.findings} >= tried


def test_an_attack_that_gets_through_is_told(sandbox: Sandbox, facts: dict[str, Any]) -> None:
    harmless = Attack("say hello", ("seccomp",), "through()")
    finding = examination.attack(sandbox, harmless, facts)
    assert not finding.held
    assert finding.detail == "it got through"


def test_the_sandbox_holds_on_the_floor() -> None:
    program = "from rltf.cli import main; main(['doctor', '--json'])"
    floor = [sys.executable, str(Path(__file__).with_name("floor.py")), sys.executable]
    done = subprocess.run([*floor, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    states = {layer["name"]: layer["in_force"] for layer in json.loads(done.stdout)["layers"]}
    assert states["seccomp"]
    assert not states["landlock"]


def test_every_layer_is_known_and_attacked(sandbox: Sandbox, report: examination.Report) -> None:
    assert set(sandbox.layers) <= set(LAYERS)
    attacked = {name for finding in report.findings for name in finding.layers}
    # where a namespace is missing there is nothing to attack, and of IPC the kernel tells root alone
    assert set(LAYERS) - attacked <= {"user_ns", "net_ns", "ipc_ns", "files"}
    if os.geteuid() == 0:
        assert set(sandbox.layers) <= attacked


def test_a_required_layer_that_is_in_force_changes_nothing() -> None:
    with Sandbox(workers=1, require_layers=("seccomp",)) as sandbox:
        assert sandbox.run("print(1)").status == "passed"


def test_a_required_layer_that_is_not_in_force_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = LAYERS | {"not_there": LAYERS["landlock"]}
    monkeypatch.setattr("rltf.sandbox.client.isolation_layers.LAYERS", known)
    with pytest.raises(SandboxError, match="not_there is required and not in force") as caught:
        Sandbox(workers=1, require_layers=("not_there",))
    assert "\n" not in str(caught.value)


def test_a_layer_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no layer 'landlok'"):
        Sandbox(workers=1, require_layers=("landlok",))
