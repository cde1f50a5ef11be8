"""A cache of verdicts, so that no program is run twice on the same tests.

It is an SQLite file that several processes may use at one time. The key is a digest of everything
that a verdict depends on. So an entry is never out of date; it is just not asked for any more. A
verdict is not kept if one of its tests has a status that may not repeat:

    unscored    a fault of our own, which must not outlive its cause
    timeout     the program may pass on a faster or an idle machine
    crashed     a signal may have come from outside

Times and memory in a cached verdict are those of the run that was kept.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import inspect
import json
import os
import platform
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import rltf
from rltf.dataset import DataError
from rltf.limits import Limits
from rltf.problem import Problem, Rule
from rltf.samples.verdict_line import verdict_from_dict, verdict_to_dict
from rltf.sandbox import Sandbox
from rltf.sandbox.client.readable_paths import site_folders
from rltf.sandbox.guest.shared.values import UnsupportedValue, encode
from rltf.sandbox.judging import seed_secret
from rltf.sandbox.judging.name_origins import names_of
from rltf.sandbox.judging.worker import Worker, runs_code_of_problem
from rltf.sandbox.local_backend import LocalBackend, WhileOn
from rltf.verdict import Verdict

_APPLICATION = 0x726C7466  # "rltf": SQLite's application_id
_FORMAT = 1
_BUSY_S = 60.0
_BATCH = 256
"""Verdicts in one transaction; fewer, if a second has passed or ``_MOST_PENDING`` is reached."""
_MOST_PENDING = 8 << 20
"""Characters."""

_NOT_KEPT = {"unscored", "timeout", "crashed"}
_NOT_JUDGED = {"task_id", "prompt", "starter_code", "solutions", "submissions", "split", "metadata"}
"""Fields of a problem that decide nothing, or only the origins of names, which are in the key by
themselves. A new field is in the key."""
_JUDGING_CODE = ("common", "sandbox", "plugins/rules", "verdict.py", "problem.py", "limits.py")
"""The code under ``rltf/`` that decides verdicts."""


class VerdictCache:
    """Verdicts by key, in one SQLite file. Safe to use from several threads and processes.

    Raises :class:`rltf.dataset.DataError` for a file that is no verdict cache or a damaged one, and
    ``OSError`` where the file cannot be read or written any more.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._connect()

    def get(self, key: bytes) -> Verdict | None:
        """Return the verdict of this key; ``None`` if there is none."""
        with self._locked():
            form = self._pending.get(key)
            if form is None:
                query = "SELECT verdict FROM verdicts WHERE key = ?"
                row = self._database.execute(query, (key,)).fetchone()
                if row is None:
                    return None
                form = row[0]
        try:
            return verdict_from_dict(json.loads(form))
        except (ValueError, TypeError) as error:
            raise self._damaged(str(error)) from None

    def put(self, key: bytes, verdict: Verdict) -> None:
        """Keep a verdict, unless it may not repeat."""
        if not _NOT_KEPT.isdisjoint({verdict.status, *(test.status for test in verdict.tests)}):
            return
        form = json.dumps(verdict_to_dict(verdict))
        with self._locked():
            self._pending[key] = form
            self._pending_length += len(form)
            is_full = len(self._pending) >= _BATCH or self._pending_length >= _MOST_PENDING
            if is_full or time.monotonic() - self._written >= 1.0:
                self._write()

    def close(self) -> None:
        """Write pending verdicts. Safe to call twice."""
        with self._locked():
            if self._pending:
                self._write()
            self._database.close()

    # ------------------------------------------------------------------------------- inside

    def _connect(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._pending: dict[bytes, str] = {}
        self._pending_length = 0
        self._written = time.monotonic()
        if self._path.exists() and not self._path.is_file():
            raise DataError(f"{self._path}: a verdict cache must be a regular file")
        try:
            self._path.open("ab").close()
        except OSError as error:
            raise DataError(
                f"cannot use {self._path} as a verdict cache: {error.strerror}"
            ) from None
        with self._explained():
            self._database = sqlite3.connect(
                self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            with self._transaction():
                self._prepare()
            # Not in a transaction, and refused at once while another process does the same.
            _patiently(lambda: self._database.execute("PRAGMA journal_mode = WAL"))
            self._database.execute("PRAGMA synchronous = NORMAL")

    def _prepare(self) -> None:
        """Make the table in a new file; refuse a file of another application."""
        application, version, tables = (
            self._database.execute(query).fetchone()[0]
            for query in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_master",
            )
        )
        if (application, version, tables) == (0, 0, 0):
            self._database.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._database.execute(f"PRAGMA user_version = {_FORMAT}")
            self._database.execute(
                "CREATE TABLE verdicts (key BLOB PRIMARY KEY, verdict TEXT NOT NULL) WITHOUT ROWID"
            )
        elif application != _APPLICATION:
            raise self._damaged("an SQLite file of another program")
        elif version != _FORMAT:
            raise self._damaged(f"its form is {version}, and this rltf writes {_FORMAT}")

    def _write(self) -> None:
        with self._transaction():
            self._database.executemany(
                "INSERT OR IGNORE INTO verdicts VALUES (?, ?)", self._pending.items()
            )
        self._pending.clear()
        self._pending_length = 0
        self._written = time.monotonic()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._process != os.getpid():
            # A connection must not be used, nor closed, on both sides of a fork.
            self._parents = self._database
            self._connect()
        with self._lock, self._explained():
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise RuntimeError("the verdict cache is closed") from None
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._path) from None
            steps = ""
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_IOERR:
                # SQLite also raises this for a disk quota, and for a disk too full for its index.
                steps = "; see that its disk has space, then run the command again"
            raise OSError(f"verdict cache {self._path}: {error}{steps}") from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from None

    def _damaged(self, why: str) -> DataError:
        return DataError(
            f"{self._path}: not a verdict cache, or a damaged one ({why}); give another file"
        )


class CachedSandbox(Sandbox):
    """A sandbox that takes verdicts from a cache where it can.

    Args:
        cache: The cache's file, which is created if it does not exist.
        options: Those of :class:`rltf.Sandbox`.
    """

    def __init__(self, cache: str | Path, **options: Any) -> None:
        self._file = str(Path(cache).absolute())
        self._cache = VerdictCache(cache)
        super().__init__(**options)

    def _factory(self) -> Callable[..., Sandbox]:
        return partial(CachedSandbox, self._file, **self._options())

    def _local(self, workers: list[Worker]) -> LocalBackend:
        around: tuple[object, ...] = (self.isolation, self.stop_on_failure, self.judging)
        if self.hash_seed:
            around += (self.hash_seed,)
        return CachingBackend(self._cache, around, workers, self.limits)

    def close(self) -> None:
        """End all processes and write pending verdicts to the cache. Safe to call twice."""
        super().close()
        self._cache.close()


class CachingBackend(LocalBackend):
    """Judges what the cache does not know.

    Args:
        cache: The cache.
        options: What else verdicts depend on.
        workers: As of :class:`LocalBackend`.
        limits: As of :class:`LocalBackend`.
    """

    def __init__(
        self, cache: VerdictCache, options: Sequence[object], workers: list[Worker], limits: Limits
    ) -> None:
        super().__init__(workers, limits)
        self._cache = cache
        self._options = options
        self._problems: dict[int, tuple[Problem, bytes]] = {}

    @cached_property
    def _around(self) -> bytes:
        return _digest(_surroundings(), self.layers, *self._options)

    def _judge(self, problem: Problem, program: str, while_on: WhileOn) -> Verdict:
        try:
            key = self.key(problem, program)
        except UnsupportedValue:
            return super()._judge(problem, program, while_on)
        if (known := self._cache.get(key)) is not None:
            return known
        verdict = super()._judge(problem, program, while_on)
        self._cache.put(key, verdict)
        return verdict

    def key(self, problem: Problem, program: str) -> bytes:
        """Return the digest of all that the verdict of a program depends on."""
        known = self._problems.get(id(problem))
        if known is None:
            known = self._problems[id(problem)] = problem, self._problem_digest(problem)
        return _digest(known[1], program)

    def _problem_digest(self, problem: Problem) -> bytes:
        parts: list[object] = [self._around]
        for field in dataclasses.fields(problem):
            value = getattr(problem, field.name)
            if field.name == "tests":
                value = [
                    [getattr(test, f.name) for f in dataclasses.fields(test)] for test in value
                ]
            elif field.name == "limits":
                value = dataclasses.astuple(problem.limits or self.limits)
            if field.name not in _NOT_JUDGED:
                parts += [field.name, value]
        if any(test.kind == "assert" for test in problem.tests):
            names = names_of(problem)
            parts += ["names", names.order, dict(names.undecided)]
        if runs_code_of_problem(problem):
            parts += ["draws", seed_secret.seed("verdict cache")]
        return _digest(*parts, _source(self.rule(problem.rule)))


def _surroundings() -> bytes:
    """Return the digest of the interpreter, the installed packages and the judging code."""
    here = Path(rltf.__file__).parent
    files = sorted(
        file
        for part in _JUDGING_CODE
        for file in ((here / part).rglob("*") if (here / part).is_dir() else [here / part])
        if file.suffix in (".py", ".so")
    )
    installed = sorted(entry.name for site in site_folders() for entry in site.iterdir())
    code = [part for file in files for part in (file.name, file.read_bytes())]
    return _digest(rltf.__version__, sys.version, platform.machine(), installed, code)


def _source(rule: Rule) -> bytes:
    """Return the source of a rule's module. Without one, rules cannot be told apart."""
    file = getattr(inspect.getmodule(type(rule)), "__file__", None)
    if file is None:
        raise UnsupportedValue(f"rule {type(rule).__name__}")
    return Path(file).read_bytes()


def _digest(*parts: object) -> bytes:
    return hashlib.sha256(encode(parts)).digest()


def _patiently(act: Callable[[], object]) -> None:
    """Repeat an operation while SQLite refuses it because another process uses the file.

    After ``_BUSY_S`` seconds, the error is raised.
    """
    until = time.monotonic() + _BUSY_S
    while True:
        try:
            act()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
