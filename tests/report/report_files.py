"""Folders as ``rltf run`` and ``rltf bench`` leave them, small and as hostile as they get."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HOSTILE = (
    "</script><script>window.hacked = 1</script><!--",
    "<img src=x onerror='window.hacked = 1'>",
    "\"'><svg onload=window.hacked=1>",
    '<a href="javascript:window.hacked=1">x</a>',
    "\u202eevil\u2066\x00\x1b[31m\ud800",
    "__proto__",
)
"""Texts that run as script, or hide what they are, where a page takes them for HTML."""
PROBLEM = {
    "prompt": "Return x plus 1.",
    "entry_point": "f",
    "tests": [{"args": [1], "expected": 2}, {"args": [3], "expected": 4}],
}
OUTCOME = {"status": "wrong_answer", "error": None, "stdout": "", "stderr": ""}


def sample(task_id: str, program: str, **fields: Any) -> dict[str, Any]:
    """Return a line as ``rltf run`` writes it."""
    line: dict[str, Any] = {
        "task_id": task_id, "sample": 0, "status": "wrong_answer", "pass_ratio": 0.0,
        "judging": "split", "tests": [OUTCOME] * 2, "error": None, "layers": [], "reason": "",
        "rewards": {"coarse": -0.3, "fine": None}, "schema": 1, "solution": program,
        "truncated": False, "greedy": False, "policy_step": 0, "advantages": None,
    }  # fmt: skip
    return line | fields


def hostile_sample(text: str, number: int = 0) -> dict[str, Any]:
    """Return a sample with a hostile text in every field that a plugin or a program decides."""
    error = {"type": text, "message": text, "line": 1}
    test = OUTCOME | {"error": error, "stdout": text, "reason": text, "status": "runtime_error"}
    return sample(
        text, f"{text}\n{text}", sample=number, status="runtime_error", tests=[test], error=error,
        rewards={text: 1.0}, reason=text, judging_reason=text,
        advantages=[[0, 0.5], [3, -0.25], [7, 0.0]],
    )  # fmt: skip


def metrics(step: int, **fields: Any) -> dict[str, Any]:
    """Return a line of ``metrics.jsonl`` with a round."""
    round_ = {
        "statuses": {"passed": 1, "wrong_answer": 3}, "pass_rate": 0.25, "greedy_pass_rate": 0.5,
        "reward": 0.1 * step, "rewards": {"coarse": 0.1}, "experiences": 2,
        "left_out": {"duplicate": 1}, "tokens_per_sample": 20.0, "kl": None,
    }  # fmt: skip
    line = {
        "schema": 1, "step": step, "round": round_, "policy_loss": -0.1, "supervised_loss": 0.2,
        "gradient_norm": 0.5, "staleness": 1.0, "samples": 4 * step, "experiences": 2 * step,
        "unscored": 0, "total_seconds": 4.0, "generation_seconds": 2.0,
        "reward_exposed_seconds": 0.5, "update_seconds": 1.0, "peak_memory_mb": 100.0,
    }  # fmt: skip
    return line | fields


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def write_run(
    folder: Path,
    figures: Iterable[Mapping[str, Any]],
    samples: Iterable[Mapping[str, Any]],
    **options: Any,
) -> Path:
    """Write the folder of a run over two problems of a file, and return it."""
    folder.mkdir()
    problems = folder.parent / "problems.jsonl"
    write_lines(problems, [PROBLEM | {"task_id": name} for name in ("add", "other")])
    config = {
        "steps": 10, "objective": "rltf", "policy": "tiny", "dataset": "file",
        "data": str(problems), "isolation": "test", "classifier": "rltf",
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config | options))
    write_lines(folder / "metrics.jsonl", figures)
    write_lines(folder / "samples.jsonl", samples)
    return folder


def data_of(page: str) -> dict[str, Any]:
    """Return the data in a page, as its script reads them."""
    import base64
    import gzip

    packed = page.split('<script type="text/plain" id="data">')[1].split("</script>")[0]
    found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed)))
    return found
