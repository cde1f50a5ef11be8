"""Which names a test may change itself."""

from __future__ import annotations

import pytest

from rltf.sandbox.judging import patched_names

NAMED = {
    "with patch('math.floor'): pass": ("floor", "math"),
    "@patch('solution.helper')\ndef test(m): pass": ("helper", "solution"),
    "patch.object(math, 'floor', g)": ("floor", "math"),
    "monkeypatch.setattr('time.sleep', quick)": ("quick", "sleep", "time"),
    "monkeypatch.setattr(time, 'sleep', quick)": ("sleep", "time"),
    "c.x = 3": ("c", "x"),
    "sys.modules['a'] = b": ("modules", "sys"),
    "dict(a=1)": (),
}
UNKNOWN = [
    "patch(name)",
    "patch.object(math, name)",
    "setattr(math, name, g)",
    "vars(math)['floor'] = g",
    "exec('math.floor = g')",
]


@pytest.mark.parametrize("code", NAMED)
def test_the_target_is_named(code: str) -> None:
    assert patched_names.of(code) == NAMED[code]


@pytest.mark.parametrize("code", UNKNOWN)
def test_all_words_where_it_is_not(code: str) -> None:
    assert "isclose" in patched_names.of(code + "\nisclose(f(7), 3)")
