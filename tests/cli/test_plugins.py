"""``rltf plugins``."""

import json

from click.testing import CliRunner

from rltf import manager
from rltf.cli import CommandLine, main


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
    monkeypatch.setattr("rltf.manager.registered", manager.Manager().registered)
    result = CliRunner().invoke(main, ["plugins"])
    assert result.exit_code == 0
    assert result.stdout.startswith("name ")
    assert "rltf-absent" in result.stdout
    assert "in RLTF_PLUGINS but not installed" in result.stdout


def test_the_list_is_what_there_is_without_a_subcommand():
    result = CliRunner().invoke(main, ["plugins", "--json", "new", "stars"])
    assert result.exit_code == 2
    assert "--json is for the list alone" in result.stderr


def test_a_plugin_is_listed_with_all_that_it_adds(monkeypatch, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "import click, rltf\n"
        "@rltf.hookimpl\ndef rltf_register_commands(cli):\n    cli.command('shine')(lambda: None)\n"
        "@rltf.hookimpl\ndef rltf_step_end(metrics): pass\n"
        "@rltf.hookimpl\ndef rltf_samples_scored(samples): pass\n"
    )
    loaded = manager.Manager()
    for function in ("load_file", "registered", "add_commands"):
        monkeypatch.setattr(f"rltf.manager.{function}", getattr(loaded, function))
    fresh = CommandLine(name="rltf", callback=main.callback, params=main.params)
    result = CliRunner().invoke(fresh, ["--plugin", str(file), "plugins", "--json"])
    rows = [row for row in json.loads(result.stdout) if row["distribution"] == str(file)]
    assert [(row["name"], row["kind"]) for row in rows] == [
        ("rltf_samples_scored", "event"),
        ("rltf_step_end", "event"),
        ("shine", "command"),
    ]
