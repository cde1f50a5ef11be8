"""A candidate: the program that is judged, with its input and without any expected output.

Modes of a program blob (mode, source):
    main    a script: text in on stdin, text out on stdout, exit code
    call    a module of which each test (entry point, arguments) calls a function
    serve   a module that a judge calls through a channel (see serve.py)
    guarded a module with test code in its own process (see guarded.py)
"lenient main" and "lenient call" run the program as the official APPS harness would (see lenient.py).
"""

from __future__ import annotations

import io
import sys

from . import guarded, orders, programs, serve, values

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


def run(lib: Any, ffi: Any, job: Any) -> None:
    """Runs all tests that this child is given; never returns."""
    mode, source = orders.unpack(_bytes(ffi, job.program, job.program_length))
    shared = bool(job.flags & 1)
    is_lenient, mode = mode.startswith("lenient "), mode.removeprefix("lenient ")
    name = "__main__" if mode == "main" else "solution"
    program = programs.Program(source, name, values.encode, is_lenient)
    beside = guarded.Guarded(program) if mode == "guarded" else None
    lib.rltf_release()
    while True:
        if mode == "main":
            code = _main(program)
        elif mode == "call":
            code = _call(program, _bytes(ffi, job.test, job.test_length))
        elif beside:
            code = beside.turn(_bytes(ffi, job.test, job.test_length))
        else:
            code = serve.serve(program)
        programs.flush()
        let_go_of_streams()
        # a server has served all tests when it returns, and its judge waits for its end
        if mode == "serve" or not shared or not lib.rltf_next_test(code, job):
            programs.leave(code)
        next_streams(mode == "main")


def _bytes(ffi: Any, pointer: Any, length: int) -> bytes:
    return bytes(ffi.buffer(pointer, length))


def _main(program: programs.Program) -> int:
    code = 0
    try:
        try:
            program.run()
        except SystemExit as error:
            code = programs.exit_code(error)
            if code:
                program.report_exception(error)
        programs.wait_for_threads()
        program.clear()
    except BaseException as error:
        program.report_exception(error)
        return 1
    return code


def find(module: Any, entry_point: str) -> Any:
    """The object that ``f``, ``Solution.f`` or ``Solution().f`` names."""
    found = module
    for name in entry_point.split("."):
        called = name.endswith("()")
        name = name.removesuffix("()")
        if found is module and name not in vars(module):
            raise NameError(f"name {name!r} is not defined")
        found = getattr(found, name)
        if called:
            found = found()
    return found


def _call(program: programs.Program, test: bytes) -> int:
    try:
        module = program.load()
        entry_point, args = orders.unpack(test)
        value = find(module, entry_point)(*args)
        programs.report(programs.VALUE, values.encode(value))
    except values.UnsupportedValue as error:
        kind = programs.LIAR if programs.equals_anything(error.value) else programs.UNSUPPORTED
        programs.report(kind, str(error).encode("utf-8", "replace")[:200])
    except BaseException as error:
        program.report_exception(error)
        return 1
    return 0


def fresh_streams() -> None:
    """New standard streams on the old descriptors."""
    sys.stdin = sys.__stdin__ = _text(_buffered_input())  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _text(_buffered_output(1))  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text(_buffered_output(2), "backslashreplace")  # type: ignore[misc]
    _streams[:] = (sys.stdin, sys.stdout, sys.stderr)


def let_go_of_streams() -> None:
    """Takes away what a program has put in the place of our streams, before the descriptors are put
    back: a file of its own closes its descriptor when nobody has it any more."""
    for name, ours in zip(("stdin", "stdout", "stderr"), _streams, strict=True):
        if getattr(sys, name, None) is not ours:
            setattr(sys, name, None)
            setattr(sys, f"__{name}__", None)


def _are_usable() -> bool:
    stdin, stdout, stderr = _streams
    try:
        kept = sys.stdin is stdin and sys.stdout is stdout and sys.stderr is stderr
        return kept and not (stdin.closed or stdout.closed or stderr.closed)
    except ValueError:  # detached
        return False


def next_streams(new_input: bool) -> None:
    """Standard streams for the next test of the same program: new where they have been used up."""
    stdin = _streams[0]
    if not _are_usable():
        fresh_streams()
    elif new_input:
        sys.stdin = sys.__stdin__ = _streams[0] = _rewound(stdin)  # type: ignore[misc]


_streams: list[Any] = []


def _rewound(stdin: Any) -> io.TextIOWrapper:
    """A new text stream; over the old buffer where nobody else has it, who might close it."""
    try:
        buffered = stdin.detach()
        if type(buffered) is io.BufferedReader and sys.getrefcount(buffered) == _OURS_ALONE:
            buffered.seek(
                0, io.SEEK_END
            )  # forgets what it has read ahead, which seek(0) alone does not
            buffered.seek(0)
            return _text(buffered)
    except (OSError, ValueError):  # closed or detached
        pass
    return _text(_buffered_input())


_OURS_ALONE = 2
"""References that sys.getrefcount sees: a variable's, and its own."""


def _buffered_input() -> io.BufferedReader:
    return io.BufferedReader(io.FileIO(0, closefd=False))


def _buffered_output(fd: int) -> io.BufferedWriter:
    return io.BufferedWriter(io.FileIO(fd, "w", closefd=False))


def _text(buffered: Any, errors: str = "surrogateescape") -> io.TextIOWrapper:
    return io.TextIOWrapper(buffered, encoding="utf-8", errors=errors)
