"""The folder of a benchmark: its options, its samples, their verdicts, its results.

    config.json  samples.jsonl  verdicts.jsonl  results.json

Both line files only grow, so that a kill at any moment leaves whole lines and perhaps a torn last
one, which is cut off when the folder is opened again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from rltf.bench.config import BenchConfig, BenchError
from rltf.common.file_writes import read_json, write_json
from rltf.common.output_folder import CONFIG, OutputFolder
from rltf.samples.json_lines_file import LineFile
from rltf.samples.result_files import RESULTS, VERDICTS

_SAMPLES = "samples.jsonl"


class BenchFolder:
    """Hold the folder of a benchmark; :class:`BenchError` says why that is impossible."""

    def __init__(self, path: Path, config: BenchConfig) -> None:
        self.path = path
        self._folder = OutputFolder(path, "a benchmark", BenchError)
        with self._folder.preparing():
            stored = read_json(path / CONFIG, BenchError)
            self._folder.claim(config.to_dict(), stored, (_SAMPLES, VERDICTS))
            self.samples = LineFile(path / _SAMPLES, BenchError)
            self.verdicts = LineFile(path / VERDICTS, BenchError)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.samples.close()
        self.verdicts.close()
        self._folder.release()

    @property
    def results(self) -> dict[str, Any] | None:
        """The results of a benchmark that is finished, or ``None``."""
        return read_json(self.path / RESULTS, BenchError)

    def finish(self, results: Mapping[str, Any]) -> None:
        """Write the results: a benchmark with results is finished."""
        write_json(self.path / RESULTS, results)
