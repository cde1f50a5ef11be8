"""The errors of rltf: one base class, an exit code each, and the modules they are known from."""

from __future__ import annotations

import importlib

import pytest
from click.testing import CliRunner

from rltf import errors
from rltf.cli import CommandLine, main
from rltf.errors import RltfError

EXIT_CODES = {
    "DataError": 2,
    "ConfigError": 2,
    "BenchError": 2,
    "PluginError": 2,
    "PolicyError": 2,
    "PromptLengthError": 2,
    "Refused": 2,
    "RunError": 1,
    "LastingFailure": 1,
    "SandboxError": 1,
}
ELSEWHERE = [
    "rltf.dataset:DataError",
    "rltf.trainer.config:ConfigError",
    "rltf.bench.config:BenchError",
    "rltf.manager:PluginError",
    "rltf.manager:PluginWarning",
    "rltf.models.policy:PolicyError",
    "rltf.scoring.plugin_failures:LastingFailure",
    "rltf.sandbox:SandboxError",
    "rltf.sandbox.client.zygote:SandboxError",
]


def test_every_error_has_an_exit_code() -> None:
    kinds = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, RltfError)
    }
    assert kinds == {*EXIT_CODES, "RltfError", "UserError"}


@pytest.mark.parametrize("name", EXIT_CODES)
def test_a_command_prints_an_error_in_one_line_and_exits_with_its_code(name: str) -> None:
    fresh = CommandLine(name="rltf", callback=main.callback)

    @fresh.command()
    def fail() -> None:
        raise getattr(errors, name)("the message")

    result = CliRunner().invoke(fresh, ["fail"])
    assert (result.exit_code, result.stderr) == (EXIT_CODES[name], "rltf: the message\n")


@pytest.mark.parametrize("place", ELSEWHERE)
def test_an_error_is_also_known_from_where_it_is_raised(place: str) -> None:
    module, _, name = place.partition(":")
    assert getattr(importlib.import_module(module), name) is getattr(errors, name)


def test_errors_about_values_are_value_errors() -> None:
    for error in (errors.DataError, errors.ConfigError, errors.BenchError):
        assert issubclass(error, ValueError)
