"""What a program may do, and so its verdict, is the same without Landlock and without namespaces."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CORE = ["test_statuses.py", "test_answers_stay_out.py"]
REST = ["test_ordinary_programs.py", "test_without_files.py"]
NO_DATA = "is not there"
"""How a skip ends that is for want of real data, which lies beside few checkouts."""


def on_the_floor(*command: str, nobody: bool = False) -> subprocess.CompletedProcess[str]:
    """Runs Python there; as an unprivileged user where we are root and ``nobody`` says so."""
    user = ["--nobody"] if nobody and os.geteuid() == 0 else []
    floor = [sys.executable, str(HERE / "floor.py"), *user, sys.executable]
    return subprocess.run([*floor, *command], capture_output=True, text=True, cwd=ROOT)


def test_the_layers_in_force_are_told() -> None:
    program = "from rltf.sandbox import Sandbox\nprint(*Sandbox(workers=1).layers)"
    here = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    there = on_the_floor("-c", program)
    assert "seccomp" in here.stdout
    assert set(there.stdout.split()) == set(here.stdout.split()) - {
        "landlock",
        "user_ns",
        "net_ns",
        "ipc_ns",
    }


def test_nobody_has_no_rights_there() -> None:
    program = (
        "import os, pathlib, rltf\nassert os.geteuid() and os.getegid() and not os.getgroups()\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(*(int(line.split()[1], 16) for line in status.splitlines() if line[:3] == 'Cap'))"
    )
    done = on_the_floor("-c", program, nobody=True)
    assert done.returncode == 0, done.stderr
    inherited, permitted, effective, _bounding, ambient = map(int, done.stdout.split())
    assert inherited == permitted == effective == ambient == 0


@pytest.mark.parametrize("files", [CORE, pytest.param(REST, marks=pytest.mark.slow)])
def test_every_status_is_the_same_on_the_floor(files: list[str]) -> None:
    tests = [str(HERE / name) for name in files]
    done = on_the_floor("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout


FEW_PROCESSES = """
import os, resource, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from rltf.sandbox import Sandbox

def alive(uid):
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            count += process.stat().st_uid == uid and (process / "task").stat().st_nlink - 2
        except OSError:
            pass
    return count

TAKE_ALL = '''
import threading, time
stop = threading.Event()
started = 0
end = time.monotonic() + 1
while time.monotonic() < end and started < 60:
    try:
        threading.Thread(target=stop.wait, daemon=True).start()
        started += 1
    except RuntimeError:
        time.sleep(0.0005)
print(started)
import os, sys
sys.stdout.flush()
os._exit(0)
'''
with Sandbox(workers=2) as sandbox, ThreadPoolExecutor(2) as threads:
    list(threads.map(sandbox.run, ["import time; time.sleep(0.5)"] * 2))
    most = alive(os.getuid()) + 8
    for pid in sandbox.pids:
        resource.prlimit(pid, resource.RLIMIT_NPROC, (most, most))
    greedy = threads.submit(sandbox.run, TAKE_ALL)
    statuses = set()
    while not greedy.done():
        statuses.add(sandbox.run("print(1)").status)
    print(int(greedy.result().stdout) < 60, *statuses)
"""


@pytest.mark.skipif(
    os.geteuid() != 0, reason="a user of its own, who runs nothing else, takes root"
)
def test_a_program_waits_for_its_process_while_a_neighbour_has_all_that_a_user_may() -> None:
    done = on_the_floor("-c", FEW_PROCESSES, nobody=True)
    assert (done.stdout, done.stderr) == ("True passed\n", "")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_all_tests_of_the_sandbox_pass_there_as_nobody() -> None:
    folders = [str(HERE), str(HERE.parent / "security")]
    options = ["-q", "-rs", "-p", "no:cacheprovider", f"--ignore={__file__}"]
    done = on_the_floor("-m", "pytest", *options, *folders, nobody=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    skipped = re.findall(r"^SKIPPED .*", done.stdout, re.M)
    assert [line for line in skipped if not line.endswith(NO_DATA)] == []
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 500
