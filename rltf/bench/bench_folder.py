"""The folder of a benchmark: what it is about, its samples, their verdicts, its results.

    config.json  samples.jsonl  verdicts.jsonl  results.json

Both line files only grow, a batch of samples or a verdict at a time, so that a kill at any moment
leaves whole lines and perhaps a torn last one, which is cut off when the folder is opened again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from rltf.bench.config import BenchConfig, BenchError
from rltf.common import json_line
from rltf.common.folders import HeldFolder, is_full, names_file, read_json, write_json

_BLOCK = 1 << 16


class BenchFolder:
    """Held by one process at a time; :class:`BenchError` says what is in the way."""

    def __init__(self, path: Path, config: BenchConfig) -> None:
        self.path = path
        self._held = HeldFolder(path, "a benchmark", BenchError)
        try:
            self._claim(config)
            self.samples = LineFile(path / "samples.jsonl")
            self.verdicts = LineFile(path / "verdicts.jsonl")
        except OSError as error:
            self._held.let_go()
            if is_full(error):
                raise
            raise BenchError(f"cannot write a benchmark to {path}: {error.strerror}") from None
        except BaseException:
            self._held.let_go()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.samples.close()
        self.verdicts.close()
        self._held.let_go()

    @property
    def results(self) -> dict[str, Any] | None:
        """The results, where the benchmark has ended before."""
        return read_json(self.path / "results.json", BenchError)

    def finish(self, results: Mapping[str, Any]) -> None:
        """Write the results, whole."""
        write_json(self.path / "results.json", results)

    def _claim(self, config: BenchConfig) -> None:
        """Make the folder this benchmark's; one that holds another stays as it is."""
        wanted = json.loads(json.dumps(config.to_dict()))
        stored = read_json(self.path / "config.json", BenchError)
        if stored is None:
            if taken := [name for name in _LINE_FILES if (self.path / name).exists()]:
                raise BenchError(
                    f"{self.path} holds {taken[0]} but no config.json of a benchmark; "
                    "give another --out"
                )
            write_json(self.path / "config.json", wanted)
            return
        if stored.get("digest") == wanted["digest"]:
            return
        for name, value in wanted.items():
            if stored.get(name) != value:
                raise BenchError(
                    f"{self.path} holds a benchmark with {name}={stored.get(name)}, not {value}; "
                    "give another --out, or the same options to continue it"
                )


class LineFile:
    """A file of JSON objects, a line each, that can be read while it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a+b", buffering=0)
        _cut_torn_line(self._file.fileno())

    def append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Add lines at the end; all of them, or after a kill those before some byte."""
        data = memoryview("".join(json.dumps(line) + "\n" for line in lines).encode())
        with names_file(self.path):
            while data:
                data = data[self._file.write(data) or 0 :]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Every whole line that there is; goes on from there when it is asked again."""
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json_line.parse(line)
                except ValueError as error:
                    raise BenchError(f"{self.path}, line {number}: {error}") from None
                if not isinstance(row, dict):
                    raise BenchError(f"{self.path}, line {number}: not an object")
                yield row

    def close(self) -> None:
        self._file.close()


_LINE_FILES = ("samples.jsonl", "verdicts.jsonl")


def _cut_torn_line(file: int) -> None:
    """Cut off what stands behind the last end of a line."""
    size = end = os.fstat(file).st_size
    while end:
        start = max(0, end - _BLOCK)
        place = os.pread(file, end - start, start).rfind(b"\n")
        if place >= 0:
            end = start + place + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
