"""Where a page comes from: a folder that grows, or a file that is there as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from rltf import manager
from rltf.common.output_folder import CONFIG
from rltf.common.schema import read_versioned
from rltf.diagnosis import Classifier
from rltf.errors import DataError, RltfError
from rltf.report.bench_page import bench_page
from rltf.report.failures import Failures
from rltf.report.line_tail import LineTail
from rltf.report.page_model import Page, ProblemView, SampleView
from rltf.report.problem_views import Problems, problem_view
from rltf.report.run_page import run_page
from rltf.report.sample_views import sample_view
from rltf.report.sampled_programs import SampledPrograms
from rltf.samples.result_files import RESULTS, VERDICTS

Line = Mapping[str, Any]
_GIVE = "give audit.json, results.json, or what rltf compare --format json writes"


class Source(Protocol):
    """What a page is made from."""

    samples: list[SampleView]
    """Those that were read so far. They only grow, unless :attr:`restarts` does."""
    restarts: int
    """How often the samples were read anew."""

    def refresh(self) -> Page:
        """Read what is new, and return the page as it is now."""
        ...

    def problem(self, task_id: str) -> ProblemView | None:
        """Return the problem of a sample, if it is known."""
        ...


class FixedSource:
    """A page without samples, of a file that does not grow."""

    def __init__(self, page: Page) -> None:
        self.samples: list[SampleView] = []
        self.restarts = 0
        self._page = page

    def refresh(self) -> Page:
        return self._page

    def problem(self, task_id: str) -> ProblemView | None:
        return None


class _Growing:
    """What runs and benchmarks share: samples of problems, some of which run again."""

    def __init__(self, config: Line, data: Path | None, most_failures: int) -> None:
        self.samples: list[SampleView] = []
        self.restarts = 0
        self._problems = Problems(str(config.get("dataset")), data or _stored_data(config))
        isolation = config.get("isolation", "test")
        self._failures = Failures(most_failures, str(isolation))
        self._classify = _classifier(str(config.get("classifier") or "rltf"))
        self._unread = 0

    def problem(self, task_id: str) -> ProblemView | None:
        problem = self._problems.get(task_id)
        return None if problem is None else problem_view(problem)

    def _restart(self) -> None:
        self.restarts += 1
        self.samples.clear()
        self._unread = 0

    def _add(self, lines: Iterable[Line]) -> None:
        """Add the samples of some lines."""
        failing: dict[int, Line] = {}
        for line in lines:
            try:
                view = sample_view(line, self._problems.get, self._classify)
            except ValueError:
                self._unread += 1
                continue
            if view.status != "passed":
                failing[len(self.samples)] = line
            self.samples.append(view)
        self._failures.explained(self.samples, failing, self._problems.get)

    def _notes(self, *files: LineTail) -> list[str]:
        unread = {file.path.name: file.faults for file in files}
        notes = [
            f"{count} lines of {name} cannot be read and are left out."
            for name, count in unread.items()
            if count
        ]
        if self._unread:
            notes.append(f"{self._unread} lines hold no sample with a verdict and are left out.")
        return notes + [each for each in (self._problems.note, self._failures.note) if each]


class RunSource(_Growing):
    """The folder of a run."""

    def __init__(self, folder: Path, config: Line, data: Path | None, most_failures: int) -> None:
        super().__init__(config, data, most_failures)
        self._folder, self._config = folder, config
        self._metrics = LineTail(folder / "metrics.jsonl")
        self._lines = LineTail(folder / "samples.jsonl")
        self._figures: list[Line] = []

    def refresh(self) -> Page:
        if self._metrics.restart_if_cut():
            self._figures.clear()
        if self._lines.restart_if_cut():
            self._restart()
        self._figures += self._metrics.new()
        self._add(self._lines.new())
        summary = read_versioned(self._folder / "summary.json", DataError)
        notes = self._notes(self._metrics, self._lines)
        return run_page(self._folder, self._config, self._figures, summary, notes)


class BenchSource(_Growing):
    """The folder of a benchmark, or of a file of verdicts with its results."""

    def __init__(
        self,
        folder: Path,
        config: Line | None,
        results: Path,
        data: Path | None,
        most_failures: int,
    ) -> None:
        self._folder, self._results = folder, results
        stored = read_versioned(results, DataError)
        self._config = config or stored or {}
        super().__init__({**self._config, "data": (stored or {}).get("data")}, data, most_failures)
        self._samples = LineTail(folder / "samples.jsonl")
        self._verdicts = LineTail(folder / str((stored or {}).get("verdicts", VERDICTS)))
        self._programs: dict[tuple[Any, Any], Line] = {}
        self._elsewhere = SampledPrograms(stored or {}, folder, self._problems)

    def refresh(self) -> Page:
        if self._verdicts.restart_if_cut() | self._samples.restart_if_cut():
            self._verdicts, self._samples = (
                LineTail(self._verdicts.path),
                LineTail(self._samples.path),
            )
            self._programs.clear()
            self._restart()
        for line in self._samples.new():
            self._programs[str(line.get("task_id")), line.get("sample")] = line
        verdicts = list(self._verdicts.new())
        if not self._programs:
            tasks = {str(line.get("task_id")) for line in verdicts}
            for key, program in self._elsewhere.of(tasks).items():
                self._programs[key] = {"solution": program}
        self._add(
            {**self._programs.get((str(line.get("task_id")), line.get("sample")), {}), **line}
            for line in verdicts
        )
        results = read_versioned(self._results, DataError)
        notes = self._notes(self._samples, self._verdicts)
        notes += [self._elsewhere.note] if self._elsewhere.note else []
        return bench_page(self._folder, self._config, results, self.samples, notes)


def _stored_data(config: Line) -> str | None:
    """Return the file or folder of the dataset, if it is still where it was."""
    data = config.get("data")
    if isinstance(data, Mapping):
        source = str(data.get("source"))
        return source if Path(source).is_absolute() and Path(source).exists() else None
    return data if "steps" in config else None


def _classifier(name: str) -> Classifier | None:
    try:
        found: Classifier = manager.get("classifier", name)
    except RltfError:
        return None
    return found


def open_source(paths: list[Path], data: Path | None, most_failures: int) -> Source:
    """Return the source of a page.

    Args:
        paths: One folder or file, or several results to compare.
        data: File or folder of the dataset, where the folder does not name it.
        most_failures: How many failing programs may run again.

    Raises :class:`rltf.errors.DataError` for what rltf does not write.
    """
    if len(paths) > 1:
        return _compared(paths)
    (path,) = paths
    if path.is_file():
        return _of_file(path, data, most_failures)
    if not path.is_dir():
        raise DataError(f"{path}: no such file or folder")
    config = read_versioned(path / CONFIG, DataError)
    if config is not None and {"steps", "objective"} <= config.keys():
        return RunSource(path, config, data, most_failures)
    if config is not None and {"n", "sampling", "policy"} <= config.keys():
        return BenchSource(path, config, path / RESULTS, data, most_failures)
    for name in (RESULTS, "audit.json"):
        if (path / name).is_file():
            return _of_file(path / name, data, most_failures)
    raise DataError(
        f"{path}: nothing to report on; give a folder of rltf run or rltf bench, audit.json, or what "
        "rltf compare --format json writes"
    )


def _of_file(path: Path, data: Path | None, most_failures: int) -> Source:
    try:
        found = read_versioned(path, DataError) or {}
    except DataError as error:
        raise DataError(f"{error}; {_GIVE}") from None
    if "audits" in found:
        from rltf.report.audit_page import audit_page

        return FixedSource(audit_page(path, found))
    if {"pairs", "results"} <= found.keys():
        from rltf.report.comparison_page import comparison_page

        return FixedSource(comparison_page(found))
    if {"pass_at_k", "statuses"} <= found.keys():
        return BenchSource(path.parent, None, path, data, most_failures)
    raise DataError(f"{path}: neither an audit, nor a comparison, nor results; {_GIVE}")


def _compared(paths: list[Path]) -> Source:
    from rltf.compare import comparison, reading
    from rltf.report.comparison_page import comparison_page

    found = comparison.compare(reading.read_all(paths), None, None)
    return FixedSource(comparison_page(found.to_dict()))
