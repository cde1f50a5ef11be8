"""Plugins: found, guarded, told apart, and made by name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rltf import manager
from rltf.manager import Manager, PluginError
from rltf.manager.built_in import BUILT_IN

REWARD = """
from rltf import hookimpl, RewardTerm

@hookimpl
def rltf_register_rewards(register):
    register("{name}", lambda: lambda judged: (RewardTerm(1.0),))
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts distributions with an entry point in the group rltf on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("RLTF_PLUGINS", raising=False)
    modules = []

    def install(distribution, source, entry_point=None):
        module = distribution.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n"
        )
        (info / "entry_points.txt").write_text(
            f"[rltf]\n{entry_point or distribution} = {module}\n"
        )
        modules.append(module)

    yield install
    for module in modules:
        sys.modules.pop(module, None)


def rows_of(loaded, distribution):
    return [row for row in loaded.registered() if row.plugin.distribution == distribution]


def test_every_built_in_loads():
    rows = manager.registered()
    assert [row for row in rows if row.plugin.distribution == "rltf" and row.status != "ok"] == []
    assert {row.kind for row in rows} >= {
        "dataset",
        "classifier",
        "reward",
        "policy",
        "objective",
        "executor",
    }


def test_listing_plugins_imports_nothing_heavy():
    program = (
        "import sys; from rltf import manager; manager.registered(); "
        "print(sorted({'torch', 'transformers', 'datasets', 'numpy'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"RLTF_PLUGINS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "[]\n"


def test_an_installed_plugin_is_found_with_its_distribution_and_version(install):
    install("rltf-stars", REWARD.format(name="stars"))
    loaded = Manager()
    (row,) = rows_of(loaded, "rltf-stars")
    assert row.to_dict() == {
        "name": "stars",
        "kind": "reward",
        "version": "1.2",
        "distribution": "rltf-stars",
        "status": "ok",
        "error": None,
    }
    assert loaded.get("reward", "stars")(None)[0].value == 1.0


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import no_such_module_here", "no_such_module_here"),
        ("def broken(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("", "no function decorated with @rltf.hookimpl"),
        (
            REWARD.format(name="x").replace("rewards(", "reward(") + "\n",
            "did you mean rltf_register_rewards",
        ),
        (REWARD.format(name="x").replace("(register)", "(register, color)"), "color"),
        (REWARD.format(name="x").replace('register("x"', '1 / 0; register("x"'), "ZeroDivision"),
        (REWARD.format(name="bad name"), "'bad name'"),
        (REWARD.format(name="x").replace("lambda: lambda judged: ", ""), "not callable"),
    ],
)
def test_a_broken_plugin_is_a_row_and_takes_nothing_down(install, source, error):
    install("rltf-broken", source)
    install("rltf-stars", REWARD.format(name="stars"))
    loaded = Manager()
    (row,) = rows_of(loaded, "rltf-broken")
    assert (row.name, row.kind, row.status) == ("rltf-broken", None, "broken")
    assert error in row.error
    assert "\n" not in row.error
    assert loaded.get("reward", "stars") is not None
    assert loaded.get("reward", "coarse") is not None


def test_a_plugin_that_breaks_half_way_registers_nothing(install):
    install("rltf-half", REWARD.format(name="half") + "    raise OSError('no disk')\n")
    loaded = Manager()
    assert [row.status for row in rows_of(loaded, "rltf-half")] == ["broken"]
    with pytest.raises(PluginError, match="unknown reward 'half'") as caught:
        loaded.get("reward", "half")
    assert "; plugin rltf-half of rltf-half is broken: OSError: no disk" in str(caught.value)


def test_one_name_of_two_plugins_is_an_error_that_names_both(install):
    install("rltf-one", REWARD.format(name="stars"))
    install("rltf-two", REWARD.format(name="stars"))
    loaded = Manager()
    with pytest.raises(PluginError, match=r"rltf-(one|two) and by rltf-(one|two)"):
        loaded.get("reward", "stars")
    assert {row.status for row in loaded.registered() if row.name == "stars"} == {"conflict"}
    assert loaded.get("reward", "fine") is not None


def test_a_plugin_cannot_take_the_name_of_a_built_in(install):
    install("rltf-thief", REWARD.format(name="fine"))
    with pytest.raises(PluginError, match="registered by rltf and by rltf-thief"):
        Manager().get("reward", "fine")


def test_two_distributions_may_share_the_name_of_an_entry_point(install):
    install("rltf-one", REWARD.format(name="one"), entry_point="shared")
    install("rltf-two", REWARD.format(name="two"), entry_point="shared")
    loaded = Manager()
    assert loaded.get("reward", "one") is not None
    assert loaded.get("reward", "two") is not None


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("", {"rltf-one": "disabled", "rltf-two": "disabled"}),
        ("rltf-one", {"rltf-one": "ok", "rltf-two": "disabled"}),
        (" RLTF_One , second", {"rltf-one": "ok", "rltf-two": "ok"}),
    ],
)
def test_rltf_plugins_limits_which_plugins_load(install, monkeypatch, limit, expected):
    install("rltf-one", REWARD.format(name="one"))
    install("rltf-two", REWARD.format(name="two"), entry_point="second")
    monkeypatch.setenv("RLTF_PLUGINS", limit)
    rows = Manager().registered()
    assert {
        row.plugin.distribution: row.status for row in rows if row.plugin.distribution in expected
    } == expected
    assert any(row.name == "fine" for row in rows)


def test_rltf_plugins_names_what_is_not_installed(monkeypatch):
    monkeypatch.setenv("RLTF_PLUGINS", "rltf-absent")
    (row,) = [row for row in Manager().registered() if row.name == "rltf-absent"]
    assert row.error == "in RLTF_PLUGINS but not installed"


def test_an_unknown_name_lists_the_nearest_and_all():
    with pytest.raises(PluginError) as caught:
        manager.get("reward", "fin")
    assert "unknown reward 'fin'; did you mean fine?" in str(caught.value)
    rewards = sorted({row.name for row in manager.registered() if row.kind == "reward"})
    assert f"installed: {', '.join(rewards)};" in str(caught.value)


def test_what_stands_after_a_colon_is_the_first_argument(tmp_path):
    plugin = tmp_path / "echo.py"
    plugin.write_text(
        "import rltf\n@rltf.hookimpl\ndef rltf_register_policies(register):\n"
        "    register('echo', lambda path, *, seed=0: (path, seed))\n"
    )
    loaded = Manager()
    loaded.load_file(plugin)
    assert loaded.get("policy", "echo:a:b", seed=3) == ("a:b", 3)
    with pytest.raises(PluginError, match="policy 'echo' cannot be made like this: missing"):
        loaded.get("policy", "echo")
    with pytest.raises(PluginError, match=r"unexpected keyword argument 'size'; it takes .*seed"):
        loaded.get("policy", "echo:a", size=1)


def test_a_plugin_file_that_fails_is_named_with_its_line(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("import json\n\ndef load():\n    json.loads('{')\n\nload()\n")
    with pytest.raises(PluginError, match=r"broken\.py, line 4: JSONDecodeError"):
        Manager().load_file(file)


def test_an_argument_for_something_that_takes_none_is_an_error():
    with pytest.raises(PluginError, match="reward 'fine:2' cannot be made like this"):
        manager.get("reward", "fine:2")


def test_a_plugin_file_given_twice_is_loaded_once(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(REWARD.format(name="stars"))
    loaded = Manager()
    loaded.load_file(file)
    loaded.load_file(file)
    assert loaded.get("reward", "stars") is not None


@pytest.mark.parametrize(
    ("source", "error"),
    [(None, "no such Python file"), ("1 / 0", "ZeroDivisionError"), ("", "rltf.hookimpl")],
)
def test_an_unusable_plugin_file_is_an_error_at_once(tmp_path, source, error):
    file = tmp_path / "mine.py"
    if source is not None:
        file.write_text(source)
    with pytest.raises(PluginError, match=error):
        Manager().load_file(file)


def test_an_event_reaches_every_plugin_and_a_failing_one_is_named(tmp_path):
    for name, body in (("bad", "1 / 0"), ("good", "metrics['seen'] = True")):
        Path(tmp_path / f"{name}.py").write_text(
            f"import rltf\n@rltf.hookimpl\ndef rltf_step_end(metrics):\n    {body}\n"
        )
    loaded = Manager()
    loaded.load_file(tmp_path / "good.py")
    loaded.load_file(tmp_path / "bad.py")
    metrics = {}
    with pytest.warns(manager.PluginWarning, match=r"plugin bad \(.*bad\.py\) failed in rltf_step"):
        loaded.notify("rltf_step_end", metrics=metrics)
    assert metrics == {"seen": True}


def test_a_factory_that_fails_is_named(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        REWARD.format(name="stars").replace(
            "lambda: lambda judged: (RewardTerm(1.0),)", "lambda: 1 / 0"
        )
    )
    loaded = Manager()
    loaded.load_file(file)
    with pytest.raises(ZeroDivisionError) as failure:
        loaded.get("reward", "stars")
    assert failure.value.__notes__ == [f"reward 'stars' of {file} could not be made"]


def test_an_error_that_names_a_file_says_no_more(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        REWARD.format(name="stars").replace(
            "lambda: lambda judged: (RewardTerm(1.0),)", "lambda: open('/no/such/file')"
        )
    )
    loaded = Manager()
    loaded.load_file(file)
    with pytest.raises(FileNotFoundError) as failure:
        loaded.get("reward", "stars")
    assert not hasattr(failure.value, "__notes__")


def test_options_may_have_any_name():
    with pytest.raises(PluginError, match="cannot be made like this"):
        manager.get("reward", "fine", self=3)
    with pytest.raises(PluginError, match="cannot be made like this"):
        manager.get("reward", "fine", kind=3)


RULE = """
import rltf
from rltf.plugins.rules.strict import Strict

@rltf.hookimpl
def {hook}(register):
    register("{name}", Strict)
"""


@pytest.mark.parametrize("hook", ["rltf_register_rules", "rltf_register_judges"])
@pytest.mark.parametrize("kind", ["rule", "judge"])
def test_rules_have_a_former_name_that_works(tmp_path, hook, kind):
    file = tmp_path / "mine.py"
    file.write_text(RULE.format(hook=hook, name="any-case"))
    loaded = Manager()
    loaded.load_file(file)
    assert loaded.get(kind, "any-case").harness == ""
    (row,) = rows_of(loaded, str(file))
    assert (row.name, row.kind, row.status) == ("any-case", "rule", "ok")


def test_a_plugin_that_has_both_hooks_of_rules_registers_once(tmp_path):
    file = tmp_path / "mine.py"
    sources = [RULE.format(hook=f"rltf_register_{word}", name=word) for word in ("rules", "judges")]
    file.write_text("".join(sources))
    loaded = Manager()
    loaded.load_file(file)
    assert [row.name for row in rows_of(loaded, str(file))] == ["rules"]


def test_the_former_name_of_accepted_options_works():
    shared = {"mode": "paper", "size": 1}
    assert manager.taken("reward", "fine", shared) == {"mode": "paper"}
    assert manager.accepted_options("reward", "fine", shared) == {"mode": "paper"}


def test_built_in_modules_register_what_is_listed():
    listed = {
        (kind, name, module) for kind, names in BUILT_IN.items() for name, module in names.items()
    }
    rows = [row for row in Manager().registered() if row.plugin.distribution == "rltf"]
    assert {(row.kind, row.name, row.plugin.name) for row in rows} == listed
    assert len(rows) == len(listed)


def test_a_built_in_is_imported_when_it_is_asked_for():
    program = (
        "import sys; from rltf import manager; manager.get('reward', 'coarse'); "
        "manager.names('dataset')\n"
        "print(*sorted(name for name in sys.modules if name.startswith('rltf.plugins.')))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"RLTF_PLUGINS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == [
        "rltf.plugins.rewards",
        "rltf.plugins.rewards.rltf",
    ]


def test_a_built_in_that_cannot_be_imported_is_a_row_and_an_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "rltf.plugins.rewards.length", None)
    loaded = Manager()
    with pytest.raises(
        PluginError, match=r"plugin rltf\.plugins\.rewards\.length of rltf is broken"
    ):
        loaded.get("reward", "length")
    (row,) = [row for row in loaded.registered() if row.name == "rltf.plugins.rewards.length"]
    assert (row.kind, row.status) == (None, "broken")
    assert loaded.get("reward", "coarse") is not None


def test_names_are_those_of_a_kind():
    rules = manager.names("rule")
    assert {"apps", "livecodebench", "strict"} <= set(rules)  # other tests may have added some
    assert rules == sorted(rules)
    assert "coarse" not in rules


OPTIONS = """
from typing import Annotated, Literal
import rltf
from rltf.common.options import Bounds

def make(size: Annotated[int, Bounds(at_least=1)] = 1, kind: Literal["a", "b"] = "a", other: int = 0):
    return lambda judged: ()

@rltf.hookimpl
def rltf_register_rewards(register):
    register("mine", make)
"""


def test_options_are_checked_against_the_annotations_of_a_factory(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(OPTIONS)
    loaded = Manager()
    loaded.load_file(file)
    assert loaded.get("reward", "mine", size=3, kind="b", other="anything")
    message = "the option 'size' of reward 'mine' must be a whole number of at least 1, not 0"
    with pytest.raises(PluginError, match=message):
        loaded.get("reward", "mine", size=0)
    with pytest.raises(
        PluginError, match="the option 'kind' of reward 'mine' must be a or b, not 'c'"
    ):
        loaded.get("reward", "mine", kind="c")
