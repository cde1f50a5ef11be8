"""Tests that no mode can judge, because they need what no process of the sandbox has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec

from rltf.common import syntax
from rltf.problem import Problem
from rltf.sandbox.judging.name_uses import FILENAME
from rltf.sandbox.judging.static_names import PROGRAM, StaticNames

_PROCESS_FUNCTIONS = """
    subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    subprocess.getoutput subprocess.getstatusoutput os.system os.popen os.fork os.forkpty
    os.spawnl os.spawnv os.posix_spawn os.execv os.execvp multiprocessing.Process
    multiprocessing.Pool multiprocessing.Manager concurrent.futures.ProcessPoolExecutor pty.spawn
    asyncio.create_subprocess_exec asyncio.create_subprocess_shell
"""
_NETWORK_FUNCTIONS = """
    socket.create_connection socket.create_server urllib.request.urlopen
    urllib.request.urlretrieve socket.socket socket.gethostbyname socket.gethostbyaddr http.client.HTTPConnection http.client.HTTPSConnection
    http.server.HTTPServer http.server.ThreadingHTTPServer socketserver.TCPServer requests.get
    requests.post requests.put requests.delete requests.request httpx.get httpx.post
"""
_MACHINE_FUNCTIONS = """
    psutil.Process psutil.cpu_percent psutil.disk_partitions psutil.net_io_counters psutil.pids
    psutil.process_iter psutil.virtual_memory
"""
_TRACING_FUNCTIONS = """
    sys.settrace sys.setprofile gc.get_objects gc.get_referrers gc.get_referents doctest.testmod
    doctest.run_docstring_examples doctest.DocTestRunner doctest.DocTestSuite
"""
_TRACES = frozenset(_TRACING_FUNCTIONS.split())
"""Functions that are refused where a test shares the program's process."""
_STARTS_PROCESSES = frozenset(_PROCESS_FUNCTIONS.split())
_USES_NETWORK = frozenset(_NETWORK_FUNCTIONS.split())
_READS_MACHINE = frozenset(_MACHINE_FUNCTIONS.split())
_REFUSED = _STARTS_PROCESSES | _USES_NETWORK | _READS_MACHINE


_MOST_PROGRAMS = 16
"""Reference programs that are read, at most."""
_IMPORT = re.compile(
    r"\bfrom[ \t]+([\w.]+)[ \t]+import\b|\bimport[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*)"
)
"""Text that looks like an import."""


def reason(names: StaticNames) -> str:
    """Return why no mode can judge a test; empty if its text does not show it."""
    return next(_reasons(names), "")


def _reasons(names: StaticNames) -> Iterator[str]:
    patched = {
        text for node in names.nodes if isinstance(node, ast.Constant) and (text := node.value)
    }
    for node in names.nodes:
        if not isinstance(node, ast.Call):
            continue
        function = names.dotted(node.func) or ""
        if function in patched or function.partition(".")[0] in patched:
            continue  # it is probably replaced
        if function in _REFUSED:
            yield f"the test {what_is_refused(function, 's')}"
        if function in _TRACES:
            yield f"the test traces the program or looks for objects (`{function}`)"


def refused_calls(names: StaticNames) -> Iterator[str]:
    """Yield the functions that code calls and that the sandbox refuses."""
    for node in names.nodes:
        if isinstance(node, ast.Call) and (function := names.dotted(node.func) or "") in _REFUSED:
            yield function


def what_is_refused(function: str, ending: str = "") -> str:
    """Return, as the words after a subject, what a function does that the sandbox refuses."""
    if function in _STARTS_PROCESSES:
        return f"start{ending} processes (`{function}`), which the sandbox does not allow"
    if function in _USES_NETWORK:
        return f"use{ending} the network (`{function}`), which the sandbox does not have"
    return f"look{ending} at the machine (`{function}`), which the sandbox hides"


def missing_module(problem: Problem) -> str:
    """Return why a missing module keeps every program from being judged; empty if none does.

    A module that only a program imports is the program's own fault.
    """
    sources = (
        ("the set-up code", problem.setup_code),
        ("the starter code", problem.starter_code),
        ("the prompt", problem.prompt),
    )
    for owner, code in sources:
        if why := missing_in(owner, code, problem):
            return why
    missing = [_missing(code, problem) for code in problem.solutions[:_MOST_PROGRAMS]]
    for module in sorted(frozenset.intersection(*missing)) if missing else ():
        return f"the reference programs import {module}, which is not installed"
    return ""


def missing_in(owner: str, code: str, problem: Problem) -> str:
    """Return why a module that code of the problem imports is missing; empty if none is."""
    for module in sorted(_missing(code, problem)):
        return f"{owner} imports {module}, which is not installed"
    return ""


def _missing(code: str, problem: Problem) -> frozenset[str]:
    given = {path.partition("/")[0].removesuffix(".py") for path in problem.fixtures}
    modules = needed_modules(code)
    return frozenset(each for each in modules if each not in given and not is_installed(each))


@lru_cache(maxsize=1024)
def needed_modules(code: str) -> tuple[str, ...]:
    """Return the top-level modules that code imports in any case, in order.

    None if all that its text may import is installed.
    """
    if not _may_miss(code):
        return ()
    try:
        tree = syntax.parse(code, FILENAME)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    modules: dict[str, None] = {}
    for node in _certain(tree):
        match node:
            case ast.Import(names):
                modules |= dict.fromkeys(each.name.partition(".")[0] for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                modules[module.partition(".")[0]] = None
    modules.pop(PROGRAM, None)
    return tuple(modules)


def _may_miss(code: str) -> bool:
    """Return whether code may import a module that is not installed. Parsing it takes longer."""
    if "import" not in code:
        return False
    named = (first or others for first, others in _IMPORT.findall(code))
    modules = (each.strip().partition(".")[0] for names in named for each in names.split(","))
    return not all(each in ("", PROGRAM) or is_installed(each) for each in modules)


def _certain(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes except those that run only if something else holds or fails."""
    waiting = [tree]
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.Try | ast.If | ast.IfExp | ast.While):
            waiting += ast.iter_child_nodes(node)


@lru_cache(maxsize=1024)
def is_installed(module: str) -> bool:
    """Return whether a top-level module is there to import."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
