"""What is built and installed."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import rltf

ROOT = Path(__file__).parents[1]


def test_the_version_is_said_in_one_place():
    assert importlib.metadata.version("rltf") == rltf.__version__


def test_a_wrong_attribute_is_an_ordinary_error():
    with pytest.raises(AttributeError, match="module 'rltf' has no attribute 'scor'"):
        _ = rltf.scor


def test_every_public_name_is_there_and_listed():
    assert all(hasattr(rltf, name) for name in rltf.__all__)
    assert set(rltf.__all__) <= set(dir(rltf))


def test_no_public_name_imports_torch():
    program = (
        "import sys, rltf\n"
        "assert not {'numpy', 'rltf.manager', 'rltf.sandbox'} & set(sys.modules)\n"
        "for name in dir(rltf): getattr(rltf, name)\n"
        "assert not {'torch', 'transformers', 'datasets'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("patch", "where"),
    [
        ("import sys; sys.platform = 'darwin'", "only"),
        ("import platform; platform.machine = lambda: 'riscv64'", "on riscv64."),
    ],
)
def test_it_says_where_it_cannot_be_built(patch, where):
    pytest.importorskip("setuptools")
    program = f"import setuptools, runpy; {patch}; runpy.run_path({str(ROOT / 'setup.py')!r})"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("rltf runs on Linux (x86-64 or aarch64) only")
    assert where in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_wheel_is_built_from_the_source_distribution_alone(tmp_path):
    """The sdist must carry the C sources: it is unpacked and built far from the checkout."""
    backend = "import setuptools.build_meta as b; b.build_sdist(r'{}')"
    builder = tmp_path / "builder"
    subprocess.run([sys.executable, "-m", "venv", builder], check=True)
    pip = [builder / "bin" / "python", "-m", "pip"]
    subprocess.run([*pip, "install", "setuptools>=77", "cffi>=1.17"], check=True)
    subprocess.run(
        [builder / "bin" / "python", "-c", backend.format(tmp_path)], cwd=ROOT, check=True
    )
    (sdist,) = tmp_path.glob("rltf-*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    subprocess.run([*pip, "wheel", "--no-deps", "-w", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("rltf-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.startswith("rltf/sandbox/_native") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "rltf/py.typed" in names
    assert "rltf/scaffold/templates/reward.py.in" in names
    assert not any(name.startswith(("tests/", "csrc/")) for name in names)


TRACKERS = {"trackio", "wandb"}
"""What ``--tracker`` uses by name, where a user has installed it."""
HOSTS = {"nemo_rl"}
"""Hosts of adapters that no package index has."""


def test_every_imported_distribution_is_a_declared_dependency():
    """Those of an extra may be imported where the extra is needed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = sum(project["optional-dependencies"].values(), project["dependencies"])
    declared = {_normal(re.split(r"[><=]", text)[0]) for text in requirements}
    trees = [ast.parse(file.read_text()) for file in (ROOT / "rltf").rglob("*.py")]
    imported = {
        name.partition(".")[0] for tree in trees for node in ast.walk(tree) for name in names(node)
    }
    providers = importlib.metadata.packages_distributions()
    distributions = {
        _normal(distribution)
        for name in imported - sys.stdlib_module_names - {"rltf"}
        for distribution in providers.get(name, [name])
    }
    assert distributions - declared == TRACKERS | HOSTS


def _normal(name):
    return re.sub(r"[-_.]+", "_", name).lower()


def names(node):
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []


def test_every_pinned_release_runs_on_the_oldest_python_of_rltf():
    text = (ROOT / "constraints.txt").read_text()
    pinned = re.findall(r"^([\w.-]+)==", text, re.MULTILINE)
    assert pinned
    refusing = {}
    for name in pinned:
        try:
            metadata = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # one of another platform
        needed = metadata["Requires-Python"] or ""
        if "3.11.0" not in SpecifierSet(needed):
            refusing[name] = needed
    assert refusing == {}
