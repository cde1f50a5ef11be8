"""Attacks that ``rltf doctor`` runs: programs that try what a hostile program would try.

Each program reads facts about its target from stdin. When it succeeds, it writes the fact
``got_through`` to stderr, a word that is drawn anew each time, so that no traceback holds it by
chance. No attack does harm if nothing stops it: it only looks and asks, and uses a bounded amount.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """One attack, and the layers that should stop it."""

    name: str
    layers: tuple[str, ...]
    program: str
    files: bool = False
    """Whether the program has a folder for files, which the machine must allow."""

    @property
    def source(self) -> str:
        """The whole program."""
        return _PRELUDE + self.program


_PRELUDE = """\
import ctypes, json, os, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
facts = json.load(sys.stdin)
def through():
    os.write(2, facts["got_through"].encode())
"""

ATTACKS = (
    Attack(
        "read a file with a secret",
        ("landlock", "broker"),
        "if facts['secret'] in open(facts['secret_file']).read(): through()",
    ),
    Attack(
        "read it by way of /proc",
        ("landlock", "broker"),
        "if facts['secret'] in open('/proc/self/root' + facts['secret_file']).read(): through()",
    ),
    Attack(
        "read a data file of an installed package",
        ("broker", "landlock"),
        "open(facts['data_file']).read(); through()",
    ),
    Attack(
        "list a folder",
        ("landlock", "broker"),
        "if os.listdir(facts['folder']): through()",
    ),
    Attack(
        "read the environment of the parent",
        ("landlock", "broker"),
        "if open(f'/proc/{os.getppid()}/environ', 'rb').read(): through()",
    ),
    Attack(
        "write a file",
        ("seccomp", "landlock"),
        "open(facts['folder'] + '/written', 'w').write('x'); through()",
    ),
    Attack(
        "remove a file",
        ("seccomp", "landlock"),
        "os.remove(facts['victim']); through()",
    ),
    Attack(
        "leave something in /dev/shm",
        ("seccomp", "landlock"),
        "path = f'/dev/shm/rltf-doctor-{os.getpid()}'\n"
        "os.close(os.open(path, os.O_CREAT | os.O_WRONLY)); os.remove(path); through()",
    ),
    Attack(
        "make shared memory that outlives it",
        ("seccomp",),
        "made = libc.shmget(0, 4096, 0o1600)\n"
        "if made >= 0:\n    libc.shmctl(made, 0, None)\n    through()",
    ),
    Attack(
        "fork",
        ("seccomp",),
        "if os.fork() == 0: os._exit(0)\nos.wait(); through()",
    ),
    Attack(
        "run another program",
        ("seccomp", "landlock"),
        "os.execv('/bin/sh', ['sh', '-c', f'echo {facts[\"got_through\"]} >&2'])",
    ),
    Attack(
        "connect to a port of this machine",
        ("seccomp", "landlock"),
        "import socket\nsocket.create_connection(('127.0.0.1', facts['port']), 5); through()",
    ),
    Attack(
        "connect to a socket by name",
        ("seccomp", "landlock"),
        "import socket\nsocket.socket(socket.AF_UNIX).connect(facts['socket']); through()",
    ),
    Attack(
        "signal its parent",
        ("seccomp", "landlock"),
        "os.kill(os.getppid(), 0); through()",
    ),
    Attack(
        "signal the process that uses the sandbox",
        ("seccomp", "landlock"),
        "os.kill(facts['pid'], 0); through()",
    ),
    Attack(
        "trace a process",
        ("seccomp",),
        "PTRACE_TRACEME = 0\nif libc.ptrace(PTRACE_TRACEME, 0, 0, 0) == 0: through()",
    ),
    Attack(
        "make a user namespace",
        ("seccomp",),
        "CLONE_NEWUSER = 0x10000000\nif libc.unshare(CLONE_NEWUSER) == 0: through()",
    ),
    Attack(
        "raise its limits",
        ("seccomp",),
        "import resource\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)); through()",
    ),
    Attack(
        "find a descriptor that is not its own",
        ("seccomp",),
        "def is_open(fd):\n"
        "    try:\n        return bool(os.fstat(fd))\n"
        "    except OSError:\n        return False\n"
        "if any(map(is_open, range(4, 1024))): through()",
    ),
    Attack(
        "start threads without end",
        ("broker",),
        "stop = threading.Event()\n"
        "for _ in range(3 * facts['threads']):\n"
        "    threading.Thread(target=stop.wait, daemon=True).start()\n"
        "stop.set(); through()",
    ),
    Attack(
        "queue signals without end",
        ("seccomp", "rlimits"),
        "import signal\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMAX])\n"
        "for _ in range(1000): os.kill(os.getpid(), signal.SIGRTMAX)\nthrough()",
    ),
    Attack(
        "give a thread descriptors of its own",
        ("seccomp",),
        "CLOSE_RANGE_UNSHARE, SYS_close_range = 2, 436\n"
        "if libc.syscall(SYS_close_range, 1000, 1001, CLOSE_RANGE_UNSHARE) == 0: through()",
    ),
    Attack(
        "keep memory from everybody else",
        ("seccomp", "rlimits"),
        "import mmap\nMAP_LOCKED = 0x2000\n"
        "mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_LOCKED); through()",
    ),
    Attack(
        "learn who holds the other end of a socket",
        ("seccomp",),
        "import socket\none, other = socket.socketpair()\n"
        "one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12); through()",
    ),
    Attack(
        "open descriptors without end",
        ("rlimits",),
        "kept = [os.pipe() for _ in range(facts['open_files'])]; through()",
    ),
    Attack(
        "take memory without end",
        ("rlimits",),
        "kept = bytearray(2 * facts['memory_mb'] << 20); through()",
    ),
    Attack(
        "compute without end",
        ("rlimits",),
        "while time.process_time() < 2 * facts['cpu_s']: pass\nthrough()",
    ),
    Attack(
        "sleep without end",
        ("rlimits",),
        "time.sleep(2 * facts['wall_s']); through()",
    ),
    Attack(
        "write output without end",
        ("rlimits",),
        "os.set_blocking(1, True)\n"
        "left = 2 * facts['output_bytes']\n"
        "while left > 0: left -= os.write(1, b'x' * 65536)\n"
        "through()",
    ),
    Attack(
        "change something outside its folder",
        ("files", "landlock"),
        "for base in (os.path.dirname(os.__file__), '/', '/dev/shm', '/var/tmp'):\n"
        "    path = f'{base}/rltf-doctor-{os.getpid()}'\n"
        "    try:\n        os.mkdir(path)\n        os.rmdir(path)\n"
        "    except OSError:\n        continue\n"
        "    if base != os.getcwd(): through()",
        files=True,
    ),
    Attack(
        "fill the memory with its files",
        ("files",),
        "with open('large', 'wb') as file:\n"
        "    for _ in range(2 * facts['files_mb']): file.write(bytes(1 << 20))\nthrough()",
        files=True,
    ),
    Attack(
        "fill the memory with the names of its files",
        ("files",),
        "for number in range(2 * facts['files']): os.mkdir(str(number))\nthrough()",
        files=True,
    ),
    Attack(
        "find what the program before has left",
        ("files",),
        "if os.listdir('.'): through()",
        files=True,
    ),
    Attack(
        "make a fifo in its folder",
        ("seccomp", "landlock"),
        "os.mkfifo('fifo'); through()",
        files=True,
    ),
)
