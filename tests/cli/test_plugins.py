"""``rltf plugins``."""

import json

from click.testing import CliRunner

from rltf.cli import main


def test_json_has_a_row_for_each_registered_name():
    result = CliRunner().invoke(main, ["plugins", "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    keys = ["name", "kind", "version", "distribution", "status", "error"]
    assert all(list(row) == keys for row in rows)
    fine = [row for row in rows if row["name"] == "fine"]
    assert [(row["kind"], row["distribution"], row["status"]) for row in fine] == [
        ("reward", "rltf", "ok")
    ]


def test_the_table_names_a_broken_plugin_and_why(monkeypatch):
    monkeypatch.setenv("RLTF_PLUGINS", "rltf-absent")
    from rltf import manager

    monkeypatch.setattr("rltf.manager.registered", manager.Manager().registered)
    result = CliRunner().invoke(main, ["plugins"])
    assert result.exit_code == 0
    assert result.stdout.startswith("name ")
    assert "rltf-absent" in result.stdout
    assert "in RLTF_PLUGINS but not installed" in result.stdout
