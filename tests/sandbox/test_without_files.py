"""What usually takes a file works, though a program has none: sinks, its own streams and source, locks."""

from __future__ import annotations

import importlib.util

import pytest

from rltf import Limits
from rltf.sandbox import Sandbox

from .conftest import MakeProblem

STDIN = "first\nsecond\n"
PROGRAMS = {
    "a sink for text": ("import os\nprint(open(os.devnull, 'w').write('x'))", "1\n"),
    "a sink for bytes": (
        "print(open('/dev/null', 'ab').write(b'x'), open('/dev/null', 'r+b').read())",
        "1 b''\n",
    ),
    "a sink by its descriptor": (
        "import os\nfd = os.open(os.devnull, os.O_RDWR)\nprint(os.write(fd, b'x'), os.read(fd, 1))",
        "1 b''\n",
    ),
    "stdout into a sink": (
        "import contextlib, os\n"
        "with contextlib.redirect_stdout(open(os.devnull, 'w')): print(1)\n"
        "print(2)",
        "2\n",
    ),
    "zeros": ("print(open('/dev/zero', 'rb').read(2))", "b'\\x00\\x00'\n"),
    "a full device": (
        "import os\n"
        "try: os.write(os.open('/dev/full', os.O_WRONLY), b'x')\n"
        "except OSError as e: print(e.errno)",
        "28\n",
    ),
    "no terminal": ("try: open('/dev/tty')\nexcept OSError as e: print(e.errno)", "6\n"),
    "stdout continues": (
        "print('a', flush=True)\nopen('/dev/stdout', 'w').write('b')\nprint('c')",
        "a\nbc\n",
    ),
    "stdout by number": (
        "print('a', flush=True)\nopen('/dev/fd/1', 'a').write('b')\nprint('c')",
        "a\nbc\n",
    ),
    "stdout by its process": (
        "import os\n"
        "print('a', flush=True)\n"
        "open(f'/proc/{os.getpid()}/fd/1', 'w').write('b')\n"
        "print('c')",
        "a\nbc\n",
    ),
    "another stdout": (
        "import sys\nsys.stdout = open('/dev/stdout', 'w')\nprint('a')\nprint('b')",
        "a\nb\n",
    ),
    "stdout that has been replaced": (
        "import os, sys\n"
        "r, w = os.pipe()\n"
        "old = os.dup(1)\n"
        "os.dup2(w, 1)\n"
        "open('/dev/stdout', 'w').write('x')\n"
        "os.dup2(old, 1)\n"
        "print(os.read(r, 9))",
        "b'x'\n",
    ),
    "stderr": ("open('/dev/stderr', 'w').write('x')\nprint(1)", "1\n"),
    "stdin": ("print(open('/dev/stdin').read())", "first\nsecond\n\n"),
    "another stdin": (
        "import sys\nsys.stdin = open('/dev/stdin')\nprint(input(), input())",
        "first second\n",
    ),
    "stdin that has been read": ("print(input(), repr(open('/dev/stdin').read()))", "first ''\n"),
    "stdin as a path": (
        "import pathlib\nprint(pathlib.Path('/dev/fd/0').read_text())",
        "first\nsecond\n\n",
    ),
    "stdin by fileinput": (
        "import fileinput\nprint(*fileinput.input('/dev/stdin'))",
        "first\n second\n\n",
    ),
    "stdin by its number": ("print(open(0).read())", "first\nsecond\n\n"),
    "a pipe by its number": (
        "import os\n"
        "r, w = os.pipe()\n"
        "os.write(w, b'hi')\n"
        "os.close(w)\n"
        "print(open(f'/dev/fd/{r}').read())",
        "hi\n",
    ),
    "relative to a folder": (
        "import os\n"
        "folder = os.open(os.path.dirname(os.__file__), os.O_RDONLY)\n"
        "print(os.read(os.open('this.py', os.O_RDONLY, dir_fd=folder), 5))",
        "b's = \"'\n",
    ),
    "its own file": ("print(open(__file__).read())", "print(open(__file__).read())\n"),
    "its own file by another name": (
        "import os, sys\n"
        "assert open(os.path.abspath(__file__)).read() == open(sys.argv[0]).read()\n"
        "print(1)",
        "1\n",
    ),
    "source of a function": (
        "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))",
        "def f():\n    return 1\n\n",
    ),
    "source of a class": (
        "import inspect\n"
        "class A:\n"
        "    x = 1\n"
        "    def f(self): pass\n"
        "print(inspect.getsource(A), inspect.getsource(A.f))",
        "class A:\n    x = 1\n    def f(self): pass\n     def f(self): pass\n\n",
    ),
    "the source in a traceback": (
        "import traceback\n"
        "def f():\n"
        "    1 / 0\n"
        "try: f()\n"
        "except Exception: print('1 / 0' in traceback.format_exc())",
        "True\n",
    ),
    "dummy pool": (
        "import multiprocessing.dummy\nprint(multiprocessing.dummy.Pool(3).map(abs, [-1, 2]))",
        "[1, 2]\n",
    ),
    "thread pool": (
        "from multiprocessing.pool import ThreadPool\n"
        "with ThreadPool(2) as pool: print(pool.map(abs, [-1, 2]))",
        "[1, 2]\n",
    ),
    "lock": (
        "import multiprocessing as mp\n"
        "lock = mp.Lock()\n"
        "with lock: print(lock.acquire(timeout=0.01), lock)",
        "False <Lock(owner=MainProcess)>\n",
    ),
    "recursive lock": (
        "import multiprocessing as mp\n"
        "lock = mp.RLock()\n"
        "lock.acquire(); lock.acquire(); print(lock)\n"
        "lock.release(); lock.release(); print(lock)",
        "<RLock(MainProcess, 2)>\n<RLock(None, 0)>\n",
    ),
    "semaphores": (
        "import multiprocessing as mp\n"
        "semaphore = mp.Semaphore(2)\n"
        "semaphore.acquire()\n"
        "print(semaphore.get_value())\n"
        "bounded = mp.BoundedSemaphore(1)\n"
        "try: bounded.release()\n"
        "except ValueError as e: print(e)",
        "1\nsemaphore or lock released too many times\n",
    ),
    "queues": (
        "import multiprocessing as mp\n"
        "q = mp.JoinableQueue()\n"
        "q.put([1])\n"
        "print(q.get(timeout=5))\n"
        "q.task_done()\n"
        "q.join()\n"
        "s = mp.SimpleQueue()\n"
        "s.put(2)\n"
        "print(s.get())",
        "[1]\n2\n",
    ),
    "events": (
        "import multiprocessing as mp, threading\n"
        "event, barrier = mp.Event(), mp.Barrier(2)\n"
        "threading.Thread(target=lambda: (event.wait(5), barrier.wait(5))).start()\n"
        "event.set()\n"
        "barrier.wait(5)\n"
        "print(1)",
        "1\n",
    ),
    "shared values": (
        "import multiprocessing as mp\n"
        "value, array = mp.Value('i', 3), mp.Array('d', 2)\n"
        "with value.get_lock(): value.value += 1\n"
        "array[1] = 0.5\n"
        "print(value.value, array[:])",
        "4 [0.0, 0.5]\n",
    ),
    "libraries": (
        "import ctypes, ctypes.util\n"
        "assert ctypes.CDLL(ctypes.util.find_library('c')).abs(-3) == 3\n"
        "print(ctypes.util.find_library('no such library'))",
        "None\n",
    ),
    "the name of a folder for files": ("import tempfile\nprint(tempfile.gettempdir())", "/tmp\n"),
    "types of files": (
        "import mimetypes\nprint(mimetypes.guess_type('a.txt'))",
        "('text/plain', None)\n",
    ),
}
"""Programs, and what CPython prints for each, run as a script whose stdin and stdout are pipes."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_works_without_a_file(any_sandbox: Sandbox, name: str) -> None:
    program, printed = PROGRAMS[name]
    result = any_sandbox.run(program, STDIN)
    assert (result.status, result.stdout) == ("passed", printed), result


@pytest.mark.parametrize(
    "program",
    [
        "open(__file__, 'w')",
        "open('/dev/stdout.txt', 'w')",
        "open('/etc/passwd')",
        "import tempfile; tempfile.TemporaryFile()",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
        "import multiprocessing; multiprocessing.Manager()",
        "from concurrent.futures import ProcessPoolExecutor as P; P(1).submit(print).result()",
    ],
)
def test_what_takes_a_real_file_or_process_is_refused(sandbox: Sandbox, program: str) -> None:
    assert sandbox.run(program).status == "forbidden"


def test_what_is_opened_anew_counts_as_output(sandbox: Sandbox) -> None:
    program = "out = open('/dev/stdout', 'w')\nwhile True: out.write('x' * 65536)"
    assert sandbox.run(program, limits=Limits(output_bytes=1 << 20)).status == "output_limit"


def test_the_next_test_begins_with_the_streams_of_its_own(
    shared_sandbox: Sandbox, problem: MakeProblem
) -> None:
    tests = [{"input": f"{n}\n", "output": f"{n}\n"} for n in range(6)]
    program = "import sys\nsys.stdin = open('/dev/stdin')\nsys.stdout = open('/dev/stdout', 'w')\nprint(input())"
    verdict = shared_sandbox.judge(problem(*tests), program)
    assert verdict.passed, verdict


def test_both_roles_read_their_own_source(any_sandbox: Sandbox, problem: MakeProblem) -> None:
    test = (
        "import inspect\ndef doubled(x):\n    return 2 * x\n"
        "assert inspect.getsource(doubled) == 'def doubled(x):\\n    return 2 * x\\n'\n"
        "assert open(__file__).read().startswith('import inspect')\n"
        "assert 'helped' in inspect.getsource(helper)\nassert f(1) == doubled(1)"
    )
    program = (
        "import inspect\ndef f(x):\n    assert 'def f(x)' in open(__file__).read()\n"
        "    assert inspect.getsource(f).startswith('def f(x)')\n    return x + x"
    )
    setup = "def helper():\n    return 'helped'\n"
    verdict = any_sandbox.judge(
        problem({"assert": test}, {"assert": test}, entry_point="f", setup_code=setup), program
    )
    assert verdict.passed, verdict


@pytest.mark.parametrize("megabytes", [64, 128, 256, 512])
def test_threads_with_large_stacks_follow_each_other(
    any_sandbox: Sandbox, problem: MakeProblem, megabytes: int
) -> None:
    program = (
        f"import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size({megabytes} << 20)\n"
        "def f(n): return 0 if n == 0 else 1 + f(n - 1)\n"
        "for _ in range(2):\n    t = threading.Thread(target=lambda: print(f(9000)))\n    t.start()\n    t.join()"
    )
    tests = [{"input": "", "output": "9000\n9000\n"}] * 4
    verdict = any_sandbox.judge(problem(*tests, limits=Limits(cpu_s=5.0)), program)
    assert verdict.passed, verdict


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_torch_is_imported_under_the_default_limits(sandbox: Sandbox) -> None:
    result = sandbox.run("import torch\nprint(torch.tensor([1, 2]).sum().item())")
    assert (result.status, result.stdout, result.stderr) == ("passed", "3\n", ""), result
