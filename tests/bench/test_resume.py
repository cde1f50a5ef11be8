"""A benchmark that is killed, however often and whenever, ends as if it had not been."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rltf import manager
from rltf.cli import main
from rltf.models.policy import load_policy

from ..forked import Forks

OPTIONS = ["--limit", "6", "--n", "4", "--k", "1,4", "--temperature", "1", "--batch-size", "5"]
OPTIONS += ["--max-new-tokens", "16"]
MEASURED = {"cpu_s", "wall_s", "peak_memory_mb", "seconds", "slowest"}


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The policy ``tiny``, from a folder: its tokenizer need not be trained again."""
    model = tmp_path_factory.mktemp("tiny")
    policy = manager.get("policy", "tiny")
    load_policy(policy, 0)
    policy.save(model)
    return [*OPTIONS, "--policy", f"hf:{model}"]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, options: list[str]) -> Path:
    return bench(tmp_path_factory.mktemp("uninterrupted"), options)


def bench(folder: Path, options: list[str]) -> Path:
    result = CliRunner().invoke(main, ["bench", "mini", *options, "--out", str(folder)])
    assert result.exit_code == 0, result.stderr
    return folder


def unmeasured(value: Any) -> Any:
    match value:
        case dict():
            return {k: unmeasured(v) for k, v in value.items() if k not in MEASURED}
        case list():
            return [unmeasured(item) for item in value]
    return value


def assert_same(one: Path, other: Path) -> None:
    assert (one / "samples.jsonl").read_bytes() == (other / "samples.jsonl").read_bytes()
    for name in ("results.json", "config.json"):
        contents = [json.loads((folder / name).read_text()) for folder in (one, other)]
        assert unmeasured(contents[0]) == unmeasured(contents[1])
    verdicts = [
        sorted(
            json.dumps(unmeasured(json.loads(line)))
            for line in (folder / "verdicts.jsonl").read_text().splitlines()
        )
        for folder in (one, other)
    ]
    assert verdicts[0] == verdicts[1]
    assert len(verdicts[0]) == 24


@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_kills(
    uninterrupted: Path, tmp_path: Path, options: list[str], kills: int, forks: Forks
) -> None:
    size = sum(path.stat().st_size for path in uninterrupted.glob("*s.jsonl"))
    script = Path(__file__).parent / "killed.py"
    words = [str(script), str(tmp_path / "killed"), str(size), str(kills), *options]
    program = (
        f"import runpy, sys\nsys.argv = {words}\nrunpy.run_path(sys.argv[0], run_name='__main__')"
    )
    done = forks.python(program, tmp_path)
    assert done.stdout.endswith(f"killed {kills} times\n"), done.stdout + done.stderr
    assert_same(tmp_path / "killed", uninterrupted)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("samples", "verdicts"),
    [(0.001, 0.0), (0.33, 0.1), (0.66, 0.66), (0.999, 0.5), (1.0, 0.999)],
)
def test_torn_files_are_mended(
    uninterrupted: Path, tmp_path: Path, options: list[str], samples: float, verdicts: float
) -> None:
    folder = tmp_path / "torn"
    shutil.copytree(uninterrupted, folder)
    (folder / "results.json").unlink()
    lines = (folder / "samples.jsonl").read_bytes()
    (folder / "samples.jsonl").write_bytes(lines[: int(samples * len(lines))])
    known = {
        (line["task_id"], line["sample"])
        for line in map(json.loads, lines[: int(samples * len(lines))].splitlines()[:-1])
    }
    judged = [
        line
        for line in (folder / "verdicts.jsonl").read_bytes().splitlines(keepends=True)
        if (json.loads(line)["task_id"], json.loads(line)["sample"]) in known
    ]
    text = b"".join(judged)
    (folder / "verdicts.jsonl").write_bytes(text[: int(verdicts * len(text))])
    assert_same(bench(folder, options), uninterrupted)


def test_a_line_that_is_broken_is_named(
    uninterrupted: Path, tmp_path: Path, options: list[str]
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(uninterrupted, folder)
    lines = (folder / "samples.jsonl").read_text().splitlines(keepends=True)
    for bad, message in (("{\n", "not JSON"), ('{"task_id": "x"}\n', "not of this benchmark")):
        (folder / "samples.jsonl").write_text("".join([*lines[:2], bad, *lines[3:]]))
        result = CliRunner().invoke(main, ["bench", "mini", *options, "--out", str(folder)])
        assert result.exit_code == 2
        assert f"samples.jsonl, line 3: {message}" in result.stderr
        assert result.stderr.count("\n") == 1
