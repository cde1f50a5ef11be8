"""The two jobs of a guarded test: loading the program, then the test. Each has a secret.

The test is sent when the first secret has come back, which our own code alone can report, once the
program is loaded. So no program can take the test for itself.
"""

from __future__ import annotations

import ast
import re

from rltf.problem import Problem, TestCase
from rltf.sandbox.client.launch import PYTEST_FIXTURES
from rltf.sandbox.guest.shared import wire
from rltf.sandbox.guest.shared.job_codec import pack
from rltf.sandbox.judging import judging_mode, patched_names, seed_secret
from rltf.sandbox.judging.name_origins import names_of
from rltf.sandbox.judging.static_names import PROGRAM

_LOAD, _TEST = b"L", b"T"
"""The first byte of a job (``guest.candidate.guarded_runner``)."""
_PATCHES = re.compile(r"patch|setattr|\bmodules\b|\.register\(|\b[A-Za-z_][\w.]*\.\w+\s*=[^=]")
"""Text of a test that may change modules or classes itself."""
_IMPORTERS = ("importorskip", "import_module", "__import__")
"""Functions that import the module that their first argument names."""


def load(problem: Problem, test: TestCase, secret: bytes) -> bytes:
    """Return the job of loading the program.

    It names the modules that the test needs, so that they are there before the program is, and what
    it uses members of there (``numpy.testing``). Nothing else of the test is in it.
    """
    named = _modules(problem.setup_code) | _modules(test.code)
    if PYTEST_FIXTURES.search(test.code):
        named.add("pytest")
    if "async" in test.code:
        named.add("asyncio")
    named |= {module for module, _ in names_of(problem).order[3].values()}
    named.discard(PROGRAM)
    return _LOAD + secret + pack((tuple(sorted(named)), _owners(problem, test, named)))


def test(problem: Problem, test: TestCase, secret: bytes) -> bytes:
    """Return the job of running the test."""
    assert len(secret) == wire.GUARD_SECRET_LENGTH
    setup_code = problem.setup_code
    seed = seed_secret.seed("guarded", setup_code, test.code)
    patched = _patched(setup_code + "\n" + test.code)
    rebound = judging_mode.rebound(problem, test)
    job = (setup_code, test.code, names_of(problem).order, seed, patched, rebound)
    return _TEST + secret + pack(job)


def _modules(code: str) -> set[str]:
    """Return the modules that code imports."""
    if "import" not in code and "patch" not in code:
        return set()
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()  # the test will say so
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                found.update(each.name for each in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                found.add(module)
                if module == "unittest":
                    found.update(f"{module}.{each.name}" for each in names)
            case ast.Call(
                func=ast.Name(function) | ast.Attribute(attr=function),
                args=[ast.Constant(str(module)), *_],
            ) if function in _IMPORTERS:
                found.add(module)
    return found


def _owners(problem: Problem, test: TestCase, named: set[str]) -> tuple[str, ...]:
    """Return the dotted names, below these modules, of what the test uses a member of.

    Some are modules, however they were reached: ``np.testing``, ``from numpy import testing``.
    """
    names = judging_mode.static_names(problem, test)
    if names is None:
        return ()
    used = (
        names.dotted(node) for node in names.nodes if isinstance(node, (ast.Attribute, ast.Name))
    )
    owners = {name.rpartition(".")[0] for name in used if name and "(" not in name}
    tops = {name.partition(".")[0] for name in named}
    return tuple(sorted(name for name in owners - named if name.partition(".")[0] in tops))


def _patched(code: str) -> tuple[str, ...]:
    """Return the names that a test may change in modules or classes itself.

    All of its words, if it does not say which.
    """
    return patched_names.of(code) if _PATCHES.search(code) else ()
