"""Every hook: that it does what docs/plugins.md says, with the plugin that is shown there."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

import rltf
from rltf import hookspecs, manager, testing
from rltf.cli import CommandLine, main
from rltf.manager import Manager

GUIDE = (Path(__file__).parents[1] / "docs" / "plugins.md").read_text()
OLD_HOOKS = {*hookspecs.OLD_NAMES.values()}
HOOKS = [n for n in dir(hookspecs) if n.startswith("rltf_") and n not in OLD_HOOKS]

Use = Callable[..., ModuleType]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Loads plugins of the guide by their files' names, beside the built-ins and no others."""
    loaded = Manager()
    for name in (
        "load_plugins",
        "load_file",
        "get",
        "accepted_options",
        "registered",
        "add_commands",
        "notify",
    ):
        method = "load" if name == "load_plugins" else name
        monkeypatch.setattr(manager, name, getattr(loaded, method))

    def use(name: str) -> ModuleType:
        (program,) = re.findall(rf"^```python\n(# {name}\.py\n.*?)^```", GUIDE, re.M | re.S)
        file = tmp_path / f"{name}.py"
        file.write_text(program)
        manager.load_file(file)
        return sys.modules[f"rltf_plugin_{name}"]

    return use


def invoke(*arguments: str) -> Result:
    """A command line that has not asked the plugins yet."""
    fresh = CommandLine(name="rltf", callback=main.callback, params=main.params)
    return CliRunner().invoke(fresh, arguments)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_an_entry_in_the_guide_and_a_test_here(hook: str) -> None:
    entry = re.search(rf"^### `{hook}`\n(.*?)(?=^### |\Z)", GUIDE, re.M | re.S)
    assert entry, f"docs/plugins.md has no entry for {hook}"
    assert f"def {hook}(" in entry[1], f"the entry of {hook} shows no plugin that has it"
    assert callable(globals().get(f"test_{hook}")), f"no test is named test_{hook}"


def test_the_kinds_are_the_hooks_that_register() -> None:
    registering = {name for name in HOOKS if name.startswith("rltf_register_")}
    assert {*manager.HOOKS.values(), "rltf_register_commands"} == registering
    assert registering | {*manager.EVENTS} == {*HOOKS}


def test_rltf_register_rewards(use: Use) -> None:
    use("mine")
    testing.check_reward("stars")
    stars = manager.get("reward", "stars")
    for judged in testing.judged_samples():
        is_right = stars(judged) == [rltf.RewardTerm(1.0, baseline=True)]
        assert is_right == judged.verdict.passed


def test_rltf_register_classifiers(use: Use) -> None:
    use("cautious")
    testing.check_classifier("cautious")


def test_rltf_register_datasets(use: Use) -> None:
    use("tables")
    testing.check_dataset("tables")
    assert len(manager.get("dataset", "tables").problems("train")) == 4


def test_rltf_register_policies(use: Use) -> None:
    use("parrot")
    testing.check_policy("parrot")


def test_rltf_register_objectives(use: Use) -> None:
    use("imitate")
    testing.check_objective("imitate")


def test_rltf_register_executors(use: Use) -> None:
    use("careful")
    testing.check_executor("careful")


def test_rltf_register_prompts(use: Use) -> None:
    use("polite")
    testing.check_prompt("polite")


def test_rltf_register_rules(use: Use, sandbox: rltf.Sandbox) -> None:
    use("loud")
    testing.check_rule("any-case")
    problem = rltf.Problem("t", "", [rltf.TestCase.stdin("", "Yes\n")], rule="any-case")
    assert sandbox.judge(problem, "print('YES')").passed
    assert not sandbox.judge(problem, "print('NO')").passed


def test_rltf_register_commands(use: Use) -> None:
    use("greet")
    result = invoke("hello")
    assert (result.exit_code, result.stdout) == (0, "hello\n")


def test_rltf_samples_scored(use: Use, sandbox: rltf.Sandbox) -> None:
    tally = use("tally")
    problem = rltf.Problem("t", "", [rltf.TestCase.stdin("", "3\n")])
    samples = [rltf.Sample("t", f"print({number})") for number in (3, 4, 3)]
    rltf.score(samples, [problem], ["coarse"], sandbox=sandbox)
    assert tally.statuses == {"passed": 2, "wrong_answer": 1}


SMALL = """
from functools import partial
from rltf import hookimpl

def build():
    from rltf.plugins.policies.tiny import codegen, train_tokenizer
    tokenizer = train_tokenizer(iter(["def f(x): return x"]))
    return codegen(len(tokenizer), tokenizer.eos_token_id), tokenizer

def policy():
    from rltf.models.policy import Policy
    return Policy("small", build, "plain", {"max_prompt_tokens": 64, "max_new_tokens": 8})

@hookimpl
def rltf_register_policies(register):
    register("small", policy)
"""


def test_rltf_step_end(use: Use, tmp_path: Path) -> None:
    use("watch")
    use("tables")
    (tmp_path / "small.py").write_text(SMALL)
    manager.load_file(tmp_path / "small.py")
    settings = {"samples_per_problem": 2, "problems_per_round": 2, "buffer_size": 4}
    options = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    names = ["--policy", "small", "--dataset", "tables", "--reward", "coarse"]
    result = invoke("run", *names, *options, "--steps", "2", "--out", str(tmp_path / "run"))
    assert result.exit_code == 0, result.stderr
    assert re.findall(r"^(\d) -?\d+\.\d+$", result.stdout, re.M) == ["1", "2"]
