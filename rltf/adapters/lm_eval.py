"""lm-evaluation-harness: its tasks that run code, in the sandbox.

    python -m rltf.adapters.lm_eval run --model hf --tasks humaneval …    like lm-eval run …

From Python, call :func:`install` before a task is loaded. Nothing else is to be allowed: neither
``HF_ALLOW_CODE_EVAL`` nor ``--confirm_run_unsafe_code``.
"""

from __future__ import annotations

import sys
from typing import Any

from rltf.adapters.code_eval import CodeEval

_CONFIRM = "--confirm_run_unsafe_code"


def install() -> None:
    """Let ``evaluate.load("code_eval")``, which the tasks call, return the metric of rltf."""
    import evaluate

    load = evaluate.load
    if getattr(load, "of_rltf", False):
        return

    def load_metric(path: str, *args: Any, **kwargs: Any) -> Any:
        return CodeEval() if path == "code_eval" else load(path, *args, **kwargs)

    load_metric.of_rltf = True  # type: ignore[attr-defined]
    evaluate.load = load_metric


def main() -> None:
    """Run the command line of lm-evaluation-harness."""
    from lm_eval.__main__ import cli_evaluate

    install()
    if "run" in sys.argv[1:2] and _CONFIRM not in sys.argv:
        sys.argv.append(_CONFIRM)
    cli_evaluate()


if __name__ == "__main__":
    main()
