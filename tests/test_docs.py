"""What the documentation says to type works, and it leaves out no option, field or name."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import rltf
from rltf import hookspecs
from rltf.cli import main
from rltf.trainer.config import Config

from .forked import Forks

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("**/*.md")),
]


def blocks(language: str, path: Path) -> list[str]:
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.M | re.S)
    return pattern.findall(path.read_text())


def commands(path: Path) -> list[str]:
    lines = [line for block in blocks("console", path) for line in block.splitlines()]
    return [line[2:] for line in lines if line.startswith("$ ")]


FILES = {
    match[1]: block
    for path in DOCUMENTS
    for block in blocks("python", path)
    if (match := re.match(r"# (\w+\.py)\n", block))
}
"""Name of a file that the documents show, to its content."""
PROGRAMS = [
    pytest.param(*program, id=f"{path.stem}-{number}")
    for path in DOCUMENTS
    for number, program in enumerate(
        re.findall(
            r"^```python\n((?!# \w+\.py\n).*?)^```\n(?:\n```text\n(.*?)^```)?",
            path.read_text(),
            re.M | re.S,
        )
    )
]
"""Programs that the documents show, each with the output that stands below it, if any does."""
HOSTS = re.compile(r"^(?:from|import) (evaluate|inspect_ai|lm_eval|verifiers)\b", re.M)
"""What a program imports that needs the environment of ``make check-hosts``."""
HOST_PROGRAMS = [each for each in PROGRAMS if HOSTS.search(str(each.values[0]))]
PAGES = [
    path for path in DOCUMENTS if path == README or set(commands(path)) - set(commands(README))
]
"""Pages with commands that are not those of the README."""


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A copy of the folder that the commands are to be typed in, with the files that are shown."""
    for path in (ROOT / "examples").iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def test_there_is_something_to_type() -> None:
    assert README in PAGES
    assert len(PAGES) >= 10
    assert len(PROGRAMS) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_commands_of_a_page_work_one_after_the_other(
    page: Path, workplace: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    for command in commands(page):
        program, *arguments = shlex.split(command)
        assert program == "rltf"
        if "--plugin" not in arguments:  # a plugin would stay with the tests that come later
            result = CliRunner().invoke(main, arguments)
            assert result.exit_code == 0, f"{command}: {result.output}"
            continue
        done = forks(arguments)
        assert done.code == 0, f"{command}: {done.stderr}"


@pytest.mark.parametrize(
    ("program", "output"), [each for each in PROGRAMS if each not in HOST_PROGRAMS]
)
def test_a_documented_program_prints_what_stands_below_it(
    program: str, output: str, workplace: Path, forks: Forks
) -> None:
    done = forks.python(program, workplace)
    assert done.code == 0, done.stderr
    if output:
        assert done.stdout == output


@pytest.mark.parametrize(("program", "output"), HOST_PROGRAMS)
def test_a_documented_program_for_a_host_prints_what_stands_below_it(
    program: str, output: str, workplace: Path
) -> None:
    (host,) = set(HOSTS.findall(program))
    if importlib.util.find_spec(host) is None:
        pytest.skip(f"{host} is installed by make check-hosts")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=workplace, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    if output:
        assert done.stdout == output


def test_an_example_for_a_host_is_short() -> None:
    for program in blocks("python", ROOT / "docs" / "integrations.md"):
        assert len(program.splitlines()) <= 20, program


def test_the_shown_failure_is_what_the_command_shows(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    (shown,) = blocks("text", ROOT / "docs" / "score.md")
    (command,) = [
        line for line in commands(ROOT / "docs" / "score.md") if "--show-failures" in line
    ]
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert shown in result.stderr


def test_the_shown_comparison_is_what_the_commands_print(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    page = ROOT / "docs" / "compare.md"
    first_block = blocks("console", page)[0].splitlines()
    for command in first_block:
        result = CliRunner().invoke(main, shlex.split(command)[2:])
    assert result.stdout == blocks("text", page)[0]


@pytest.mark.parametrize(
    "target",
    [
        "run",
        "test-fast",
        "test",
        "test-all",
        "lint",
        "docs",
        "site",
        "check-plugins",
        "check-hosts",
        "check-c",
    ],
)
def test_make_knows_the_documented_targets(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_file_and_heading_that_a_document_links_to_is_there() -> None:
    for path in DOCUMENTS:
        for target, heading in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", path.read_text()):
            file = path.parent / target if target else path
            assert file.exists(), f"{path.name} links to {target}"
            if heading:
                assert heading in headings(file), f"{path.name} links to {target}#{heading}"


def headings(path: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_prose_is_wrapped_at_100_characters(path: Path) -> None:
    without_code = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S)
    too_long = [
        line
        for line in without_code.splitlines()
        if len(line) > 100 and not line.startswith(("|", "    ", "["))
    ]
    assert too_long == []


def test_the_readme_lists_every_page() -> None:
    for path in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{path.name})" in README.read_text()


def test_generated_parts_are_up_to_date() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    for path, text in generate["pages"]():
        assert path.read_text() == text, f"{path.name} is out of date: run make docs"


def test_every_option_of_a_run_has_a_description() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    described = generate["field_descriptions"](Config)
    assert set(described) == {field.name for field in dataclasses.fields(Config)}


def test_every_public_name_is_documented() -> None:
    documented = names_in_tables(ROOT / "docs" / "python.md")
    assert set(rltf.__all__) <= documented


def test_every_hook_is_documented() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("rltf_")]
    page = (ROOT / "docs" / "plugins.md").read_text()
    assert [hook for hook in hooks if f"`{hook}`" not in page] == []


def names_in_tables(path: Path) -> set[str]:
    """What the first column of the tables of a page names."""
    cells = re.findall(r"^\| (`[^|]*) \|", path.read_text(), re.M)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_the_architecture_page_names_every_folder() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    folders = [path.parent.relative_to(ROOT) for path in (ROOT / "rltf").rglob("__init__.py")]
    plugin_kinds = [f"`{path.name}/`" for path in folders if path.parent.name == "plugins"]
    others = [f"| `{path}/` |" for path in folders if "plugins" not in path.parts]
    assert [name for name in plugin_kinds + others if name not in page] == []


def test_the_architecture_page_names_every_c_file() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    sources = [path.name for path in (ROOT / "csrc").glob("*.c")]
    assert [name for name in sources if f"`{name}`" not in page and f"/{name}`" not in page] == []


def test_every_path_of_the_repository_that_a_document_names_is_there() -> None:
    for path in DOCUMENTS:
        text = path.read_text().replace("`rltf/secret` in the cache", "")
        for name in re.findall(r"`((?:rltf|csrc|tests|benchmarks|docs)/[\w./-]+)`", text):
            assert (ROOT / name).exists() or (ROOT / f"{name}.py").exists(), f"{path.name}: {name}"


def test_the_picture_of_a_terminal_shows_what_the_command_prints() -> None:
    terminal = ROOT / "docs" / "terminal.py"
    command = [sys.executable, "-c", "print('a < b')"]
    done = subprocess.run(
        [sys.executable, terminal, *command], capture_output=True, text=True, check=True
    )
    texts = [element.text for element in ElementTree.fromstring(done.stdout).iter() if element.text]
    assert f"$ {' '.join(command)}" in texts
    assert "a < b" in texts
