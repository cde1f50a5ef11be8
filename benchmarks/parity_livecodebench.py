"""Samples of benchmarks/parity.py for LiveCodeBench's rule, with what its grading says of them.

They are made of MBPP's reference programs and their mutants: called, as a function or a method where the
other was asked for, and as scripts that end and print in many ways. The grading is that of
livecodebench_oracle.py, which is written from the official one's description.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity_samples import LIMITS, Sample, mbpp

from rltf.problem import Problem, TestCase

RULE = "livecodebench"
ORACLE = Path(__file__).with_name("livecodebench_oracle.py")

_METHOD = (
    "\n\nclass Solution:\n    def {name}(self, *args):\n        return globals()[{name!r}](*args)\n"
)
_SCRIPT = "import json, sys\n{code}\nvalue = {name}(*map(json.loads, sys.stdin.read().split('\\n')))\n{end}\n"
_ENDS = (
    "print(json.dumps(value))",
    "print(value)",
    "print(json.dumps(value) + '  ')\nprint()",
    "print()\nprint(json.dumps(value))",
    "print(json.dumps(value))\nprint(json.dumps(value))",
    "print(json.dumps(float(value)) if type(value) is int else json.dumps(value))",
    "print(f'{value:.3f}' if type(value) is float else json.dumps(value))",
    "print(json.dumps(value), file=sys.stdout)\nsys.exit(1)",
    "if value is not None:\n    print(json.dumps(value))\n    return\nprint('null')",
    "print(dumps(value))\nexit()",
    "print(json.dumps(value).replace(',', ' ,'))",
    "raise SystemExit(json.dumps(value))",
)
_VALUES: tuple[Callable[[str], str], ...] = (
    lambda name: "",
    lambda name: _METHOD.format(name=name),
    lambda name: (
        f"\n_f = {name}\ndef {name}(*args):\n    v = _f(*args)\n"
        "    return tuple(v) if type(v) is list else v\n"
    ),
    lambda name: (
        f"\n_f = {name}\ndef {name}(*args):\n    v = _f(*args)\n"
        "    return float(v) if type(v) is int else v\n"
    ),
    lambda name: (
        f"\n_f = {name}\ndef {name}(*args):\n    return Counter([_f(*args)]).most_common(1)[0][0]\n"
    ),
)


def livecodebench(path: Path, programs: int) -> list[Sample]:
    """Samples with the verdict of the official rule."""
    found: list[Sample] = []
    items: list[dict[str, Any]] = []
    for place, sample in enumerate(mbpp(path, programs)):
        for made, item in _made(sample, place):
            found.append(made)
            items.append(item)
    done = subprocess.run(
        [sys.executable, str(ORACLE)],
        input=json.dumps(items),
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    return [replace(sample, recorded=passed) for sample, passed in zip(found, said, strict=True)]


def _made(sample: Sample, place: int) -> Iterator[tuple[Sample, dict[str, Any]]]:
    """Two samples of one of MBPP, as functions and as scripts, where JSON has its values."""
    try:
        tests = [
            ("\n".join(map(json.dumps, call.args)), json.dumps(call.expected))
            for call in sample.calls
        ]
    except (TypeError, ValueError):
        return
    if not tests:
        return
    name = sample.calls[0].function
    called = [
        replace(
            TestCase.call(list(map(json.loads, given.split("\n"))), json.loads(wanted)),
            from_json=True,
        )
        for given, wanted in tests
    ]
    asked = name if place % 2 else f"Solution().{name}"
    program = sample.program + _VALUES[place % len(_VALUES)](name)
    yield (
        Sample(_problem(sample, called, asked), program, sample.mutation),
        {"program": program, "name": name, "tests": tests},
    )
    end = _ENDS[place % len(_ENDS)]
    program = _SCRIPT.format(code=sample.program, name=name, end=end)
    scripted = [TestCase.stdin(given, wanted) for given, wanted in tests]
    yield (
        Sample(_problem(sample, scripted, None), program, sample.mutation),
        {"program": program, "name": None, "tests": tests},
    )


def _problem(sample: Sample, tests: list[TestCase], asked: str | None) -> Problem:
    task_id = sample.problem.task_id
    return Problem(task_id, "", tests, entry_point=asked, rule=RULE, limits=LIMITS)
