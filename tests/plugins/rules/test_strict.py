"""The rule ``strict`` reads numbers as decimal literals, and nothing else as a number."""

from __future__ import annotations

import pytest

from rltf import TestCase
from rltf.plugins.rules.strict import Strict


def takes(expected: str, output: str) -> bool:
    return Strict().stdin(TestCase.stdin("", expected), output.encode())


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("10.0", "10"),
        ("1.5", "1.5000001"),
        ("1.5", "+1.5e0"),
        ("0.0", "-0.0"),
        (".5", "0.50"),
        ("1.", "1"),
        ("1e5", "100000"),
        ("1e400", "1.0000001e400"),
        ("-1e400", "-10e399"),
        ("1e-400", "0"),
        ("1e999999999", "1.00000001e999999999"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("1.5 2.5", "1.5\n2.50\n"),
    ],
)
def test_numbers_that_are_close_are_right(expected: str, output: str) -> None:
    assert takes(expected, output)


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("1e400", "inf"),
        ("1e400", "Infinity"),
        ("1e400", "2e400"),
        ("1e400", "-1e400"),
        ("-1e400", "-inf"),
        ("1e999999999", "1e999999998"),
        ("1e99999999999999999999999", "2e99999999999999999999999"),
        ("1e308", "1e309"),
        ("10.0", "1_0.0"),
        ("10.0", "1_0"),
        ("1.5", "nan"),
        ("1.5", "\u0661.\u0665"),
        ("1.5", "1.5\xa0"),
        ("1.5", "1.5\0"),
        ("1.5", "0x1.8p0"),
        ("1.5", "1.5f"),
        ("1.5", "--1.5"),
        ("1.5", "."),
        ("1.5", "e5"),
        ("inf", "1e999"),
        ("inf", "-inf"),
        ("nan", "inf"),
        ("100000", "1e5"),
        ("1", "+1"),
        ("1", "1.0"),
    ],
)
def test_what_is_no_such_number_is_wrong(expected: str, output: str) -> None:
    assert not takes(expected, output)
