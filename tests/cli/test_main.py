"""The command line as a whole: quick help, one-line errors, exit codes, plugin commands."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import rltf
from rltf.cli import COMMANDS, CommandLine, main
from rltf.cli.error_output import explain, resumable

PLUGIN = """
import click, rltf

@rltf.hookimpl
def rltf_register_commands(cli):
    @cli.command()
    def {name}():
        {body}
"""


@pytest.fixture
def invoke(monkeypatch, tmp_path):
    """Runs a command line with a plugin file of its own, and no memory of other plugins."""

    def invoke(*arguments, name="hello", body="click.echo('hi')"):
        monkeypatch.setattr("rltf.manager._manager", loaded := rltf.manager.Manager())
        for function in ("load_file", "registered", "add_commands"):
            monkeypatch.setattr(f"rltf.manager.{function}", getattr(loaded, function))
        file = tmp_path / "mine.py"
        file.write_text(PLUGIN.format(name=name, body=body))
        fresh = CommandLine(name="rltf", callback=main.callback, params=main.params)
        return CliRunner().invoke(fresh, ["--plugin", str(file), *arguments])

    return invoke


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS)])
def test_help_imports_nothing_heavy(arguments):
    program = (
        "import atexit, sys\n"
        "heavy = {'torch', 'transformers', 'datasets', 'numpy', 'rltf.sandbox._native'}\n"
        "atexit.register(lambda: print(sorted(heavy & set(sys.modules)), file=sys.stderr))\n"
        "from rltf.cli import main\n"
        f"main({[*arguments, '--help']})\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"RLTF_PLUGINS": ""},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: ")
    assert result.stderr == "[]\n"


def test_help_lists_every_command():
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert all(f"\n  {name} " in result.stdout for name in COMMANDS)


def test_version():
    assert CliRunner().invoke(main, ["--version"]).stdout == f"rltf, version {rltf.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scor"], "rltf: No such command 'scor'; did you mean score or"),
        (["score"], "rltf: Missing argument 'SAMPLES.jsonl'. Try 'rltf score --help'.\n"),
        (["score", "x.jsonl"], "rltf: Missing option '--dataset'. Try 'rltf score --help'.\n"),
        (["exec", "no_such_file.py"], "File 'no_such_file.py' does not exist."),
        (["--plugin", "no_such_file.py", "plugins"], "no_such_file.py: no such Python file\n"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(arguments, message):
    result = CliRunner().invoke(main, arguments, prog_name="rltf")
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def run(redirect):
    """``rltf plugins`` in a shell: its exit code and what it wrote."""
    call = f"{sys.executable} -m rltf plugins {redirect}"
    done = subprocess.run(["sh", "-c", call], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("redirect", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_standard_stream_is_no_error(redirect):
    code, stdout, stderr = run(redirect)
    assert (code, stderr) == (0, "")
    assert ("mini" in stdout) is (">&-" not in redirect.replace("2>&-", ""))


def test_a_file_does_not_take_the_number_of_a_closed_stream(tmp_path):
    probe = tmp_path / "probe.py"
    probe.write_text(
        "import os\nimport click\nfrom rltf import hookimpl\n\n@click.command('probe')\ndef probe():\n"
        f"    open({str(tmp_path / 'least')!r}, 'w').write(str(os.open(os.devnull, os.O_RDONLY)))\n\n"
        "@hookimpl\ndef rltf_register_commands(cli):\n    cli.add_command(probe)\n"
    )
    call = f"{sys.executable} -m rltf --plugin {probe} probe <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", call]).returncode == 0
    assert int((tmp_path / "least").read_text()) > 2


def test_a_full_disk_behind_stdout_is_one_line():
    code, _, stderr = run("> /dev/full")
    assert code == 1
    assert stderr.startswith(
        "rltf: cannot write standard output: No space left on device; free some"
    )
    assert stderr.count("\n") == 1


def test_a_current_folder_that_is_gone_is_named(tmp_path):
    call = f"cd {tmp_path} && rmdir {tmp_path} && exec {sys.executable} -m rltf plugins new zz"
    done = subprocess.run(["sh", "-c", call], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "rltf: the current folder has been deleted: change to another one\n"


def test_without_arguments_it_shows_its_help():
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 2
    assert "Usage: " in result.stderr


def test_a_plugin_adds_a_command(invoke):
    result = invoke("hello")
    assert (result.exit_code, result.stdout) == (0, "hi\n")
    assert "\n  hello" in invoke("--help").stdout


def test_an_unforeseen_error_is_no_traceback(invoke, monkeypatch):
    monkeypatch.delenv("RLTF_TRACEBACK", raising=False)
    result = invoke("hello", body="1 / 0")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "rltf: ZeroDivisionError: division by zero",
        "This is a fault of rltf or of a plugin; RLTF_TRACEBACK=1 shows where.",
    ]


def test_a_plugin_that_fails_while_it_is_made_is_named(invoke, monkeypatch):
    monkeypatch.delenv("RLTF_TRACEBACK", raising=False)
    body = "error = KeyError('x'); error.add_note('reward a of b could not be made'); raise error"
    result = invoke("hello", body=body)
    assert result.stderr.splitlines()[0] == "rltf: KeyError: 'x' (reward a of b could not be made)"


def test_an_unforeseen_error_shows_its_traceback_on_request(invoke, monkeypatch):
    monkeypatch.setenv("RLTF_TRACEBACK", "1")
    assert isinstance(invoke("hello", body="1 / 0").exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("OSError(28, 'No space left on device')", "rltf: [Errno 28] No space left on device\n"),
        ("__import__('rltf.sandbox').sandbox.SandboxError('no seccomp')", "rltf: no seccomp\n"),
        ("click.ClickException('it failed')", "rltf: it failed\n"),
    ],
)
def test_a_failure_is_a_line_and_exit_1(invoke, error, message):
    result = invoke("hello", body=f"raise {error}")
    assert (result.exit_code, result.stderr) == (1, message)


def test_a_disk_that_became_read_only_says_how_to_resume():
    error = OSError(30, "Read-only file system", "run/part")
    with pytest.raises(OSError, match="Read-only") as raised, resumable("rltf run continues it"):
        raise error
    message = "rltf: [Errno 30] Read-only file system: 'run/part'; rltf run continues it"
    assert explain(raised.value) == (message, 1)


def test_a_plugin_cannot_take_the_name_of_a_built_in_command(invoke):
    result = invoke("plugins", name="score")
    assert result.exit_code == 0
    assert "there is a command 'score' already" in result.stdout


def test_it_runs_as_a_module():
    result = subprocess.run(
        [sys.executable, "-m", "rltf", "--version"], capture_output=True, text=True
    )
    assert result.stdout == f"rltf, version {rltf.__version__}\n"


def options(command, name):
    """Each option of a command and of its subcommands, with the names that lead to it."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield f"{name} {parameter.opts[0]}", parameter
    for each in getattr(command, "commands", {}).values():
        yield from options(each, f"{name} {each.name}")


def test_every_option_has_help_that_is_a_sentence():
    commands = {name: main.get_command(click.Context(main), name) for name in COMMANDS}
    for command_name, command in {"rltf": main, **commands}.items():
        for path, option in options(command, command_name):
            text = (option.help or "").partition("  [")[0]
            assert text[:1].isupper(), path
            assert text.endswith("."), path


def test_equal_options_have_equal_help():
    texts = {}
    for name in COMMANDS:
        for path, option in options(main.get_command(click.Context(main), name), name):
            if path in ("show --limit", "compare --limit"):  # what is shown, not what is used
                continue
            texts.setdefault(path.split()[-1], set()).add(option.help.partition("  [")[0])
    for option in ("--seed", "--data", "--executor", "--isolation", "--require-layer", "--limit"):
        assert len(texts[option]) == 1, option


@pytest.mark.parametrize(("chosen", "effective"), [(None, "passive"), ("active", "active")])
def test_torchs_threads_sleep_while_they_wait(chosen: str | None, effective: str) -> None:
    program = (
        "import os, sys; from rltf.cli import main\n"
        "try: main(['--version'])\n"
        "finally: print('torch' in sys.modules, os.environ['OMP_WAIT_POLICY'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    if chosen is not None:
        environment["OMP_WAIT_POLICY"] = chosen
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == f"False {effective}"


def test_a_command_ends_without_a_last_look_for_garbage():
    program = (
        "import atexit, gc\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 1000))\n"
        "from rltf.cli import main\n"
        "main(['--version'])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout.splitlines()[-1] == "True"


INTERRUPT = """
import signal, sys

class AtImport:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, AtImport())
"""
"""A module that every Python process imports first; it presses Ctrl-C at an import."""


BEFORE_TORCH = ["rltf.cli", "click", "rltf.manager.plugin_manager", "rltf.cli.bench"]


@pytest.mark.parametrize(
    ("command", "module"),
    [
        *product(["-m", "script"], BEFORE_TORCH),
        ("-m", "numpy"),  # once: it comes after seconds of torch, where both have long run main
    ],
)
def test_ctrl_c_during_the_imports_is_one_line(command, module, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT.format(module=module))
    script = Path(sys.executable).with_name("rltf")
    words = ["-m", "rltf"] if command == "-m" else [str(script)]
    done = subprocess.run(
        [sys.executable, *words, "bench", "mini", "--limit", "1", "--out", str(tmp_path / "out")],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip().startswith("rltf: stopped")
    assert "\n" not in done.stderr.strip()
