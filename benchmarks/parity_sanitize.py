"""Whether ``--sanitize`` keeps what EvalPlus' own sanitizer keeps.

    python benchmarks/parity_sanitize.py --peers-python PATH [--samples FILE ...] [--data FOLDER]

Recorded answers (samples.jsonl of ``rltf bench``), the reference programs of MBPP, the same programs
between prose, APPS' recorded programs, and answers that were broken at random are sanitized by rltf and
by ``evalplus.sanitize``, in an interpreter that has evalplus installed. EvalPlus takes minutes for
answers of hundreds of lines.
"""

from __future__ import annotations

import ast
import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from parity_samples import RECORDED
from tabulate import tabulate

from rltf import manager
from rltf.extract.sanitize import sanitize
from rltf.models.prompt_check import tested_names

SHARED = Path(__file__).parents[2] / "shared" / "data"
PEER = """
import json, sys
from evalplus.sanitize import sanitize
for line in sys.stdin:
    text, entry_point = json.loads(line)
    print(json.dumps(sanitize(text, entry_point)), flush=True)
"""
PROSE = "Sure! Here it is:\n\n```python\n{}\n```\n\nIt works as follows:\n1. It takes the input.\n"
PIECES = [
    "import os",
    "from __future__ import annotations",
    "from a.b import c as d",
    "@dec",
    "async def g(x):\n    return f(x)",
    "class A:\n    x = 1\n    def m(self): return 2",
    "x: int = 3",
    "a.b = c",
    "t[0] = y",
    "p, q = 1, 2",
    "u = v = 3",
    "print(f(1))",
    "\nif __name__ == '__main__':\n    f()",
    "def h(): pass",
    "import the",
    "Here is: the text",
    "```",
    "'''doc",
    "x = (1,",
    "a = 1; b = 2  # c",
    "    return 5",
    "try:",
    "\ndef f(x):\n    return g(x) # c",
    "\tz = 1",
    "é = 'ü'; w = é",
    "s = f'{f(1)!r:>{w}}'",
    "",
    "   ",
    "# comment",
    "k = lambda y: (yield y)",
    "y = \\",
]
BROKEN = 2500
"""How many answers are broken at random."""


@dataclass(frozen=True)
class Answer:
    """A text, and the function that it should define."""

    kind: str
    text: str
    entry_point: str | None


@click.command()
@click.option("--samples", multiple=True, type=click.Path(path_type=Path, exists=True))
@click.option("--data", default=SHARED, type=click.Path(path_type=Path), help="mbpp.jsonl, apps/.")
@click.option("--peers-python", default=sys.executable, help="Interpreter that has evalplus.")
def main(samples: Sequence[Path], data: Path, peers_python: str) -> None:
    """Sanitize all answers with both, and print the table."""
    answers = [*_answers(samples, data)]
    answers += _broken(answers)
    items = "".join(json.dumps([each.text, each.entry_point]) + "\n" for each in answers)
    done = subprocess.run([peers_python, "-c", PEER], input=items, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(done.stderr[-500:])
    theirs = [json.loads(line) for line in done.stdout.splitlines()]
    counts: Counter[tuple[str, str]] = Counter()
    for answer, their in zip(answers, theirs, strict=True):
        own = sanitize(answer.text, *([answer.entry_point] if answer.entry_point else []))
        how = "text" if own == their else "program" if _tree(own) == _tree(their) else "differ"
        counts[answer.kind, how] += 1
        if how == "differ":
            click.echo(f"{answer.kind}: {answer.text!r:.200}", err=True)
    rows = [
        [kind, sum(counts[kind, how] for how in ("text", "program", "differ")),
         *(counts[kind, how] for how in ("text", "program", "differ"))]
        for kind in dict.fromkeys(answer.kind for answer in answers)
    ]  # fmt: skip
    headers = ["answers", "n", "same text", "same program", "differ"]
    click.echo(tabulate(rows, headers=headers, tablefmt="github"))


def _tree(code: str) -> str:
    try:
        return ast.dump(ast.parse(code))
    except SyntaxError:
        return code


def _answers(samples: Sequence[Path], data: Path) -> Iterator[Answer]:
    names: dict[str, str | None] = {}
    for problem in manager.get("dataset", "mbpp", path=str(data / "mbpp.jsonl")).problems():
        names[problem.task_id] = next(iter(tested_names(problem)), None)
        yield Answer("MBPP's references", problem.solutions[0], names[problem.task_id])
        prose = PROSE.format(problem.solutions[0])
        yield Answer("the same between prose", prose, names[problem.task_id])
    for path in sorted((data / "apps").glob("*/*.json")):
        if path.name in RECORDED:
            for item in json.loads(path.read_text()):
                yield Answer("APPS' recorded programs", item["code"], None)
    for path in samples:
        for line in path.read_text().splitlines():
            row = json.loads(line)
            defined = re.search(r"^def (\w+)", row["solution"], re.M)
            name = names.get(row["task_id"]) or (defined and defined[1])
            yield Answer(path.parent.name, row["completion"], name or None)


def _broken(answers: Sequence[Answer]) -> Iterator[Answer]:
    """Yield answers, or nothing, with pieces put in, lines left out, and the end cut off."""
    chance = random.Random(5)
    for _ in range(BROKEN):
        answer = chance.choice(answers)
        lines = answer.text.split("\n") if chance.random() < 0.5 else []
        for _ in range(chance.randint(1, 7)):
            at = chance.randint(0, len(lines))
            lines[at:at] = chance.choice(PIECES).strip("\n").split("\n")
        lines = [line for line in lines if chance.random() < 0.95][:40]
        text = "\n".join(lines)
        if chance.random() < 0.3:
            text = text[: chance.randint(0, len(text))]
        yield Answer("broken at random", text, chance.choice([answer.entry_point, "f", None]))


if __name__ == "__main__":
    main()
