"""``rltf report``: the page as a file, and live while a run goes on."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rltf.cli import main

OUTCOME = {"status": "wrong_answer", "error": None, "stdout": "", "stderr": ""}
LINE = {
    "task_id": "add", "sample": 0, "status": "wrong_answer", "pass_ratio": 0.0, "judging": "split",
    "tests": [OUTCOME] * 2, "error": None, "layers": [], "rewards": {"coarse": -0.3}, "schema": 1,
    "solution": "def f(x):\n    return x", "truncated": False, "greedy": False, "policy_step": 0,
    "advantages": [[0, 0.5]],
}  # fmt: skip
PROBLEM = {"task_id": "add", "prompt": "", "entry_point": "f", "tests": [
    {"args": [1], "expected": 2}, {"args": [3], "expected": 4}]}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run that goes on."""
    folder = tmp_path / "run"
    folder.mkdir()
    (tmp_path / "problems.jsonl").write_text(json.dumps(PROBLEM) + "\n")
    config = {"steps": 9, "objective": "rltf", "policy": "tiny", "dataset": "file",
              "data": str(tmp_path / "problems.jsonl"), "isolation": "test"}  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "metrics.jsonl").write_text('{"step": 1, "policy_loss": 0.5}\n')
    (folder / "samples.jsonl").write_text(json.dumps(LINE) + "\n")
    return folder


def test_the_page_lies_in_the_folder_and_shows_what_a_program_gave(run: Path) -> None:
    from tests.report.report_files import data_of

    result = CliRunner().invoke(main, ["report", str(run)])
    assert result.exit_code == 0, result.output
    assert result.output == f"{run / 'report.html'}\n"
    (sample,) = data_of((run / "report.html").read_text())["samples"]
    assert "got:      1" in sample["failure"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--serve", "--out", "x.html"], "leave out --out"),
        (["--port", "1"], "--host and --port are for --serve"),
        (["other"], "no such file or folder"),
    ],
)
def test_a_mistake_gives_one_line(run: Path, arguments: list[str], said: str) -> None:
    paths = [] if arguments == ["other"] else [str(run)]
    result = CliRunner().invoke(main, ["report", *paths, *arguments])
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert said in result.output


def test_a_missing_library_names_the_extra(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rltf.report import html

    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    html._plotly.cache_clear()
    result = CliRunner().invoke(main, ["report", str(run), "--failures", "0"])
    html._plotly.cache_clear()
    assert result.exit_code == 2
    assert result.output == "rltf: rltf report needs its extra: pip install 'rltf[report]'\n"


def test_a_port_that_is_in_use_gives_one_line(run: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = ["report", str(run), "--serve", "--port", port, "--failures", "0"]
        result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert result.output == (
        f"rltf: port {port} of 127.0.0.1 is in use: give another --port, or 0 for a free one\n"
    )


@pytest.fixture
def server(run: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of the run, and its address."""
    command = [sys.executable, "-m", "rltf", "report", str(run), "--serve", "--port", "0"]
    with subprocess.Popen(
        [*command, "--failures", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"RLTF_PLUGINS": ""},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[0]
        process.kill()


def fetched(url: str, **headers: str) -> tuple[Any, bytes]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.headers, answer.read()


def test_a_live_page_follows_the_run_until_ctrl_c(
    run: Path, server: tuple[subprocess.Popen[str], str]
) -> None:
    process, url = server
    assert url.startswith("http://127.0.0.1:")
    headers, page = fetched(url)
    assert b'<meta name="rltf-live" content="data">' in page
    first = json.loads(fetched(f"{url}data?since=0&restarts=0")[1])
    assert len(first["samples"]) == 1
    with (run / "samples.jsonl").open("a") as file:
        file.write(json.dumps(LINE | {"sample": 1}) + "\n")
    headers, packed = fetched(f"{url}data?since=1&restarts=0", **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    news = json.loads(gzip.decompress(packed))
    assert [each["number"] for each in news["samples"]] == [1]
    # a name of another machine that was pointed to this one
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetched(url, Host="elsewhere.example")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""
