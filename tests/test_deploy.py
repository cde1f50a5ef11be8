"""deploy/: recipes that cannot be run here are consistent with the rest of the repository."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import yaml
from click.testing import CliRunner

from rltf.cli import main
from rltf.sandbox.client.isolation_layers import LAYERS

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


def instructions() -> list[list[str]]:
    """The Dockerfile's instructions as words, with continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line and line[0] != "#"]


def test_the_image_copies_what_exists_and_runs_as_nobody() -> None:
    stages = 0
    for name, *words in instructions():
        if name == "FROM":
            stages += 1
        if name == "COPY" and not words[0].startswith("--from"):
            assert stages == 1
            assert all((ROOT / source).exists() for source in words[:-1]), words
    users = [words for name, *words in instructions() if name == "USER"]
    assert stages == 2
    assert users == [["10001"]]


def test_the_image_has_all_that_judging_imports() -> None:
    """Only packages that rltf depends on, and pinned where rltf is tested with them."""
    pinned = {line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").open()}
    (line,) = (words for _, *words in instructions() if "setuptools" in words)
    names = line[line.index("setuptools") : line.index("${PACKAGES}")]
    assert {name.lower() for name in names} <= pinned | {"setuptools"}


def test_the_pod_gives_up_every_right() -> None:
    pod, policy = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    security = container["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["readOnlyRootFilesystem"] is True
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert container["args"][0] in main.list_commands(None)
    assert policy["spec"]["podSelector"]["matchLabels"] == pod["metadata"]["labels"]


def test_the_slurm_script_uses_what_rltf_has() -> None:
    script = DEPLOY / "slurm.sh"
    assert subprocess.run(["bash", "-n", script]).returncode == 0
    text = script.read_text()
    assert set(re.findall(r"--require-layer (\w+)", text)) <= set(LAYERS)
    options = CliRunner().invoke(main, ["score", "--help"]).output
    assert all(option in options for option in ("--executor", "--require-layer", "--out"))


FAKES = {
    "srun": 'while [[ $1 == -* ]]; do shift; done\n"$@"',
    "scontrol": "echo nodea.example\nsleep 0.1\necho nodeb",
    "ray": "true",
    "python": "echo 2",
    "rltf": 'echo "$RAY_ADDRESS $*"',
}


def test_the_slurm_script_scores_on_the_cluster_that_it_starts(tmp_path: Path) -> None:
    """With commands that only say what they were asked for."""
    for name, lines in FAKES.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{lines}\n")
        (tmp_path / name).chmod(0o755)
    job = {"SLURM_JOB_NODELIST": "node[a-b]", "SLURM_JOB_ID": "41", "SLURM_NNODES": "2"}
    done = subprocess.run(
        ["bash", DEPLOY / "slurm.sh", "samples.jsonl", "--out", "v.jsonl"],
        env={**os.environ, **job, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        " doctor",
        "nodea.example:20041 score samples.jsonl --out v.jsonl --executor ray "
        "--require-layer seccomp --require-layer landlock",
    ]
