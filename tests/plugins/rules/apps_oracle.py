"""The official APPS comparison as its description has it, step by step; slow, and for our own data only.

Written from the description of ``run_test`` (hendrycks/apps, eval/testing_util.py), apart from
``rltf/plugins/rules/apps.py``: every step is there, in its order, those that can never hold too.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np


def accepts_text(printed: str, wanted: str | list[str]) -> bool:
    """Whether a program that printed this passes a test on stdin."""
    out: Any = printed.splitlines()
    gt: Any = "\n".join(wanted) if isinstance(wanted, list) else wanted

    # 1 and 2: as one text, then with every line stripped
    if "\n".join(out).strip() == gt.strip():
        return True
    if "\n".join([line.strip() for line in out]).strip() == gt.strip():
        return True

    # 3: the whole expected text as one line
    if out == [gt]:
        return True

    # 4: the expected lines that are not empty, stripped
    gt = [line.strip() for line in gt.split("\n") if line != ""]
    if out == [gt] or out == gt:
        return True

    # 5: without empty lines of the output
    out = [line for line in out if line != ""]
    if out == [gt] or out == gt:
        return True

    # 6: a number a line
    try:
        numbers = [float(line) for line in out], [float(line) for line in gt]
        if len(numbers[0]) == len(numbers[1]) and np.allclose(*numbers):
            return True
    except Exception:
        pass

    # 7: expected lines as sets of tokens; the output is still text
    gt = [set(line.split()) for line in gt]
    if out == gt:
        return True

    # 8: both as sets of sets
    out = [set(words) for words in [line.split() for line in out] if words]
    verdict = {frozenset(line) for line in out} == {frozenset(line) for line in gt}

    # 9: the same, of numbers
    try:
        return verdict or (
            {frozenset(round(float(word), 3) for word in line) for line in out}
            == {frozenset(round(float(word), 3) for word in line) for line in gt}
        )
    except Exception:
        return verdict


def accepts_value(output: Any, expected: Any) -> bool:
    """Whether a function that returned this passes a test; an exception on the way is no pass."""
    output, gt = copy.deepcopy(output), copy.deepcopy(expected)
    try:
        if isinstance(gt, dict):
            gt = [{int(k): v for k, v in gt.items()}]
    except Exception:
        pass
    try:
        if isinstance(gt[0], dict):
            gt = [{int(k): v for k, v in gt[0].items()}]
    except Exception:
        pass
    try:
        if isinstance(output, tuple):
            output = list(output)
        verdict = output == gt
        if isinstance(gt, list) and gt:
            verdict = verdict or (output == gt[0])
        try:
            if isinstance(output[0], tuple):
                verdict = verdict or ([list(row) for row in output] == gt[0])
        except Exception:
            pass
        return bool(verdict)
    except Exception:
        return False
