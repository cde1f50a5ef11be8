"""What docs/serve.md says to type works: its servers, its clients, its curl."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from .conftest import process

PAGE = (Path(__file__).parents[2] / "docs" / "serve.md").read_text()
PROGRAMS = re.findall(r"^```python\n(# \w+\.py\n.*?)^```\n\n```text\n(.*?)^```", PAGE, re.M | re.S)
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
    for line in block.splitlines()
]


def test_the_page_works(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("secret")
    install, serve, curl, serve_with_token = COMMANDS
    assert install == "pip install '.[serve]'"
    with process(*arguments(serve, tmp_path)) as (_, running):
        for program, output in PROGRAMS:
            code = program.replace("http://127.0.0.1:8080", running.url)
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
            assert done.stdout == output, done.stderr
        assert len(PROGRAMS) == 2
        command = shlex.split(curl.replace("http://127.0.0.1:8080", running.url))
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert shown.startswith('{"results":[1,0],"runtimes":[')
        described = set(re.findall(r"`(rltf_\w+)", PAGE))
        sent = running.get("/metrics").body.decode()
        assert described == set(re.findall(r"^# TYPE (\w+)", sent, re.M))
    with process(*arguments(serve_with_token, tmp_path)) as (_, running):
        assert running.get("/metrics").status == 401


def arguments(command: str, folder: Path) -> list[str]:
    """The arguments of a documented ``rltf serve``, with a free port and a file that is there."""
    words = shlex.split(command)
    assert words[:2] == ["rltf", "serve"]
    assert words.pop(words.index("--port") + 1) == "8080"
    words.remove("--port")
    return [str(folder / word) if word.endswith(".txt") else word for word in words[2:]]
