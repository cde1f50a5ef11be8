"""The warm ruff server: exact places, nobody's settings, and it comes back when it dies."""

import os
import signal
import sys

import pytest

from rltf.manager import PluginError
from rltf.static_analysis.ruff_server import RuffServer

pytest.importorskip("ruff")


@pytest.fixture(scope="module")
def ruff():
    return RuffServer(["F", "E9"], reward="static")


def found(ruff, program):
    return [
        (finding.rule, program[finding.start : finding.end]) for finding in ruff.findings(program)
    ]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "x = 'é'; ",
        "x = '😀'; ",
        "# 漢字 😀\n",
        "x = 1\r\n",
        "x = 1\r",
        "x = '\ud800'; ",
        "\ufeff",
        "\f\n",
    ],
)
def test_places_are_counted_in_characters(ruff, before):
    assert found(ruff, before + "print(unknown)") == [("F821", "unknown")]


@pytest.mark.parametrize(
    "program",
    [
        "print(unknown)  # noqa",
        "print(unknown)  # NOQA: F821",
        "# ruff: noqa\nprint(unknown)",
        "# flake8: noqa\nprint(unknown)",
        "# ruff: disable[F821]\nprint(unknown)",
    ],
)
def test_a_program_cannot_silence_it(ruff, program):
    assert found(ruff, program) == [("F821", "unknown")]


@pytest.mark.parametrize("program", ["(", "def f():", "x = 'a", "\0", "if x:\n"])
def test_what_is_missing_is_flagged_at_a_character(ruff, program):
    findings = ruff.findings(program)
    assert {"E999"} <= {finding.rule for finding in findings}
    assert all(0 <= finding.start < finding.end <= len(program) for finding in findings)


def test_nothing_is_found_in_nothing(ruff):
    assert ruff.findings("") == ()


def test_the_users_settings_are_not_read(tmp_path, monkeypatch):
    for place in (tmp_path, tmp_path / ".config" / "ruff"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "ruff.toml").write_text('lint.ignore = ["F821"]\n')
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("RUFF_OUTPUT_FILE", str(tmp_path / "findings"))
    monkeypatch.chdir(tmp_path)
    ruff = RuffServer(["F821"], reward="static")
    assert found(ruff, "print(unknown)") == [("F821", "unknown")]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_server_that_dies_is_replaced(ruff):
    ruff.findings("x")
    os.kill(ruff.pid, signal.SIGKILL)
    assert found(ruff, "print(unknown)") == [("F821", "unknown")]


@pytest.mark.parametrize("lines", [1, 50_000])
def test_a_server_that_stands_still_is_replaced(ruff, lines):
    ruff.findings("x")
    os.kill(ruff.pid, signal.SIGSTOP)
    assert found(ruff, "x = 1\n" * lines + "print(unknown)") == [("F821", "unknown")]


def test_rules_that_flag_an_empty_file_are_taken():
    assert [rule for rule, _ in found(RuffServer(["D1"], reward="style"), "x")] == ["D100"]


def test_the_language_is_that_of_this_python(ruff):
    program = "try:\n    pass\nexcept ValueError, KeyError:\n    pass\n"
    rules = {rule for rule, _ in found(ruff, program)}
    assert rules == (set() if sys.version_info >= (3, 14) else {"E999"})


def test_a_program_that_ruff_does_not_survive_is_not_scored(ruff):
    assert ruff.findings("x = " + "+".join(["y"] * 100_000)) is None
    assert found(ruff, "print(unknown)") == [("F821", "unknown")]


def test_a_server_ends_with_its_owner():
    ruff = RuffServer(["F821"], reward="static")
    ruff.findings("x")
    pid = ruff.pid
    del ruff
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_without_ruff_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ruff.__main__", None)
    with pytest.raises(PluginError, match=r"pip install 'rltf\[static\]'"):
        RuffServer(["F821"], reward="static")
