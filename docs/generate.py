"""Write the parts of the documentation that come from the code: ``make docs``.

Each generated part stands between two comments that name it, such as ``<!-- begin options -->`` and
``<!-- end options -->``. ``tests/test_docs.py`` fails when one of them is out of date.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rltf import manager
from rltf.trainer.config import Config

DOCS = Path(__file__).parent
GROUPS = {
    "policy": "What to train, and on what",
    "steps": "Optimization",
    "warmup_steps": "Warm-up",
    "buffer_size": "Sampling",
    "executor": "Judging, evaluation and checkpoints",
}
"""First option of a group to the group's heading."""
POLICIES = {
    "`tiny`": "tiny",
    "`tiny-t5`": "tiny-t5",
    "CodeGen": "codegen350m",
    "`hf:`": "hf:OWNER/NAME",
}
"""Policies with defaults of their own, by the name that a reader sees."""


def options() -> str:
    """Return a section for each group of options, with an entry for each option."""
    descriptions = field_descriptions(Config)
    defaults = {
        label: manager.get("policy", name).training_defaults for label, name in POLICIES.items()
    }
    lines: list[str] = []
    for field in dataclasses.fields(Config):
        if field.name in GROUPS:
            lines += ["", f"### {GROUPS[field.name]}", ""]
        labels: dict[str, list[str]] = {}
        for label, own in defaults.items():
            if own.get(field.name, field.default) != field.default:
                labels.setdefault(_value(own[field.name]), []).append(label)
        values = [f"default {_value(field.default)}"]
        values += [f"{', '.join(those)}: {value}" for value, those in labels.items()]
        entry = f"- **`{field.name}`** ({'; '.join(values)}). {descriptions[field.name]}"
        lines += _wrap(entry)
    return "\n".join(lines[1:])


def field_descriptions(cls: type) -> dict[str, str]:
    """Return the text below each field of a class, in Markdown, by the name of the field."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.replace("``", "`").split())
    return found


PARTS: dict[str, tuple[str, Callable[[], str]]] = {"options": ("training.md", options)}
"""Name of a generated part to its page and the function that writes it."""


def pages() -> Iterator[tuple[Path, str]]:
    """Yield each page that has a generated part, and the text that it should have."""
    for name, (file, write) in PARTS.items():
        path = DOCS / file
        begin, end = f"<!-- begin {name}: make docs -->\n", f"<!-- end {name} -->"
        text = path.read_text()
        if (text.count(begin), text.count(end)) != (1, 1):
            raise SystemExit(f"{path}: needs one part between {begin.strip()} and {end}")
        before, _, rest = text.partition(begin)
        yield path, f"{before}{begin}\n{write()}\n\n{end}{rest.partition(end)[2]}"


def _value(value: Any) -> str:
    return "none" if value is None else f"`{value}`"


def _wrap(entry: str) -> list[str]:
    """Return the lines of an entry of a list; no code is broken between two lines."""
    unbroken = re.sub("`[^`]+`", lambda code: code[0].replace(" ", "\0"), entry)
    lines = textwrap.wrap(
        unbroken, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\0", " ") for line in lines]


if __name__ == "__main__":
    for path, text in pages():
        path.write_text(text)
