"""Integers of more digits than Python's ``int`` and ``str`` take, in files and literals."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from rltf import TestCase
from rltf.cli import main
from rltf.common import json_line, long_integers
from rltf.common.literals import literal_text, literal_value

LONG = 10**5000 + 7
WRITTEN = "1" + "0" * 4999 + "7"


@pytest.fixture(autouse=True)
def usual_limit() -> Iterator[None]:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(4300)
    yield
    sys.set_int_max_str_digits(before)


@pytest.mark.parametrize(
    "value", [LONG, -LONG, [LONG, {"a": -LONG}, "text"], 1, {"b": LONG}], ids=type
)
def test_json_holds_them(value: object) -> None:
    assert json_line.parse(long_integers.dumps(value).encode()) == value


@pytest.mark.parametrize("value", [LONG, (-LONG, "x" * 5000), {LONG: [LONG]}], ids=type)
def test_literals_hold_them(value: object) -> None:
    assert literal_value(literal_text(value)) == value


def test_a_literal_in_decimal_digits_is_read() -> None:
    assert literal_value(f"[{WRITTEN}, '{WRITTEN}', -{WRITTEN}]") == [LONG, WRITTEN, -LONG]
    with pytest.raises(ValueError, match="not a Python literal"):
        literal_value(f"[{WRITTEN}")


def test_a_test_keeps_them() -> None:
    test = TestCase.from_dict({"args": [LONG], "expected": [LONG]})
    assert TestCase.from_dict(json_line.parse(long_integers.dumps(test.to_dict()).encode())) == test


def test_augment_goes_on(tmp_path) -> None:
    long = f'{{"args": [{WRITTEN}], "expected": {WRITTEN}}}'
    line = '{"task_id": "t", "prompt": "?", "entry_point": "f", "solutions": ["def f(x): return x"]'
    data = tmp_path / "problems.jsonl"
    data.write_text(f'{line}, "tests": [{long}]}}\n')
    out = tmp_path / "out.jsonl"
    result = CliRunner().invoke(main, ["augment", "file", f"--data={data}", f"--out={out}"])
    assert result.exit_code == 0, result.output
    (row,) = out.read_text().splitlines()
    assert json_line.parse(row.encode())["tests"][0] == {"args": [LONG], "expected": LONG}
