"""A candidate: runs the program that is judged, with its input and without any expected output.

Modes of a program blob (mode, source), or (mode, fixtures, source) in a folder for files:
    main    a script: text in on stdin, text out on stdout, exit code
    call    a module of which each test (entry point, arguments) calls a function
    serve   a module that a judge calls through a channel (see call_server.py)
    guarded a module with test code in its own process (see guarded_runner.py)
With PROGRAM_APPS or PROGRAM_LIVECODEBENCH the program runs as in that official harness (see
harness_imports.py).
"""

from __future__ import annotations

from ..shared import folder, job_codec, report, streams, values, wire
from . import call_server, guarded_runner, harness_imports
from .program import Program, end_like_python, equals_anything, exit_code, has_threads, stop_timers

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


def prepare(lib: Any) -> None:
    """Make what each child needs. Done before the fork, it costs a child no page copies.

    ``lib`` is the fork server, and None during the warm-up.
    """
    call_server.prepare()
    if lib is not None:
        guarded_runner.prepare(lib)


def run(lib: Any, ffi: Any, job: Any) -> int:
    """Run all tests that this child is given, and return the exit code of the last."""
    mode, *fixtures, source = job_codec.unpack(ffi.buffer(job.program, job.program_length))
    flags = job.flags
    name = "__main__" if mode == "main" else "solution"
    harness = _harness(flags)
    program = Program(source, name, values.encode, harness)
    may_reuse = "reconfigure" not in source  # its changes to a stream cannot all be seen
    guarded = guarded_runner.Guarded(program, lib, ffi) if mode == "guarded" else None
    if fixtures:
        folder.place(*fixtures, is_shared=mode == "serve")
    lib.rltf_release()
    while True:
        if mode == "main":
            code = _main(program, harness)
        elif mode == "call":
            code = _call(program, ffi.buffer(job.test, job.test_length))
        elif guarded:
            code = guarded.step(job)
        else:
            code = call_server.serve(program)
        reuse = streams.end(may_reuse)
        # a server has served all tests when it returns, and its judge waits for its end; no thread
        # of one test may go on in the next
        is_last = mode == "serve" or not flags & wire.PROGRAM_SHARED or has_threads()
        stop_timers()
        if is_last or not lib.rltf_next_test(code, job):
            return code
        streams.begin(reuse, new_input=mode == "main")


def _harness(flags: int) -> str:
    """Return whose harness the program is run like: ``apps``, ``livecodebench`` or none."""
    if flags & wire.PROGRAM_APPS:
        return "apps"
    return "livecodebench" if flags & wire.PROGRAM_LIVECODEBENCH else ""


def _main(program: Program, harness: str) -> int:
    code = 0
    try:
        try:
            program.run()
        except SystemExit as error:
            code = 0 if harness_imports.forgives_exit(harness) else exit_code(error)
            if code:
                program.report_exit(error)
    except BaseException as error:
        program.report_exception(error)
        code = 1
    try:
        end_like_python()
        streams.flush()  # a stream that the program has made may write with its globals
        program.clear()
    except BaseException as error:
        if code == 0:
            program.report_exception(error)
            code = 1
    return code


def find(module: Any, entry_point: str) -> Any:
    """Return the object that an entry point names: ``f``, ``Solution.f`` or ``Solution().f``."""
    target = module
    for name in entry_point.split("."):
        called = name.endswith("()")
        name = name.removesuffix("()")
        if target is module and name not in vars(module):
            raise NameError(f"name {name!r} is not defined")
        target = getattr(target, name)
        if called:
            target = target()
    return target


def _call(program: Program, test: job_codec.Data) -> int:
    try:
        module = program.load()
        entry_point, args = job_codec.unpack(test)
        if program.harness:
            entry_point = harness_imports.entry_point(module, entry_point)
        value = find(module, entry_point)(*args)
        report.write(report.VALUE, values.encode(value, values.plain))
    except values.UnsupportedValue as error:
        kind = report.EQUALS_ANYTHING if equals_anything(error.value) else report.UNSUPPORTED
        report.write(kind, str(error).encode("utf-8", "replace")[:200])
    except BaseException as error:
        program.report_exception(error)
        return 1
    return 0
