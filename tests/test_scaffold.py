"""``rltf plugins new`` and the example: packages that work at once."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from rltf.cli import main
from rltf.cli.plugins import KINDS
from rltf.scaffold import USES, write_package

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "rltf-brevity"


def run_tests(package: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Runs a package's tests with the package as if installed: .ci/plugins does it by pip."""
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    (entry, module), *_ = project["entry-points"]["rltf"].items()
    info = site / f"{module}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (info / "entry_points.txt").write_text(f"[rltf]\n{entry} = {module}\n")
    settings = {
        "PYTHONPATH": os.pathsep.join(map(str, (package, site, ROOT))),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # so that rltf's is there once
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "rltf.pytest_plugin", "-p", "no:cacheprovider", "."],
        cwd=package,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )


# .ci/plugins runs the tests of a package of each kind and of the example too, installed by pip
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.slow] * (kind != "reward")) for kind in KINDS]
)
def test_the_tests_of_a_new_package_pass_at_once(kind: str, tmp_path: Path) -> None:
    package = write_package(f"my-{kind}.x", kind, tmp_path)
    (tmp_path / "site").mkdir()
    done = run_tests(package, tmp_path / "site")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b2 passed", done.stdout)


@pytest.mark.slow
def test_the_tests_of_the_example_pass(tmp_path: Path) -> None:
    done = run_tests(EXAMPLE, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_package_is_formatted_and_named_after_itself(kind: str, tmp_path: Path) -> None:
    package = write_package("My_new-thing", kind, tmp_path)
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    assert project["name"] == "My_new-thing"
    assert project["entry-points"]["rltf"] == {"My_new-thing": "my_new_thing"}
    assert '"My_new-thing"' in (package / "my_new_thing.py").read_text()
    assert sorted(path.name for path in package.rglob("*") if path.is_file()) == [
        "README.md",
        "my_new_thing.py",
        "pyproject.toml",
        "test_my_new_thing.py",
    ]
    for arguments in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."],
            cwd=package,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


def test_every_kind_has_a_use() -> None:
    assert set(USES) == set(KINDS)


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["plugins", "new", *arguments])


def test_a_reward_is_what_is_written_by_itself(new, tmp_path):
    result = new("stars")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "wrote stars, the reward stars; install it and run its tests:",
        "    pip install -e './stars[test]' && pytest stars",
    ]
    assert "rltf_register_rewards" in (tmp_path / "stars" / "stars.py").read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("there", "there exists already: choose another name, or move it away"),
        ("fine", "there is a reward 'fine' already, of rltf"),
        ("json", "there is a Python module 'json' already"),
        ("numpy", "there is a Python module 'numpy' already"),
        ("rltf", "there is a Python module 'rltf' already"),
        ("class", "class is a word of Python"),
        ("3stars", "'3stars' cannot name a package: it must begin with a letter"),
        ("stars-", "cannot name a package"),
        ("a/b", "cannot name a package"),
        ("../stars", "cannot name a package"),
        ("sterné", "cannot name a package"),
        ("", "cannot name a package"),
    ],
)
def test_a_name_that_cannot_be_is_one_line_and_nothing_written(new, tmp_path, name, message):
    (tmp_path / "there").mkdir()
    result = new(name)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert [*tmp_path.iterdir()] == [tmp_path / "there"]


def test_a_package_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(path, *_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_package("stars", "reward", tmp_path)
    assert caught.value.filename == str(tmp_path / "stars")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_is_named(new):
    result = new("stars", "--kind", "planet")
    assert result.exit_code == 2
    assert "'planet' is not one of 'reward', 'dataset', 'policy'" in result.stderr
