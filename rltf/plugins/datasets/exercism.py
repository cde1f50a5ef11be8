"""Dataset ``exercism``: folders of exercises in the form of Exercism's Python track.

An exercise has a stub (``two_fer.py``), a test (``two_fer_test.py``), a reference program
(``.meta/example.py`` or ``.meta/exemplar.py``) and its task in ``.docs``. ``.meta/config.json``
names the files; without it, their names decide. ``exercism:practice`` and ``exercism:concept``
select one of the two kinds of exercises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rltf.common.did_you_mean import nearest
from rltf.dataset import LoadedDataset
from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.datasets.dataset_folders import folder, read, read_if_any
from rltf.plugins.datasets.module_names import as_solution, imported_modules, with_helpers
from rltf.plugins.datasets.problem_rows import items, json_value, object_of, program
from rltf.problem import Problem, TestCase

KINDS = ("all", "practice", "concept")
_CONTENTS = "a copy of the repository exercism/python, or a folder of exercises like its"
_DOCS = ("introduction", "introduction.append", "instructions", "instructions.append")
_REFERENCES = (".meta/example.py", ".meta/exemplar.py")


@dataclass(frozen=True)
class _Exercise:
    """The files of an exercise."""

    root: Path
    stub: Path
    tests: tuple[Path, ...]
    reference: Path | None


def exercism(kind: str = "all", path: str | Path | None = None) -> LoadedDataset:
    """Load the exercises in a folder, or in the folders below it."""
    if kind not in KINDS:
        hint = nearest(kind, KINDS, repr)
        raise DataError(
            f"dataset exercism is {', '.join(KINDS)} (exercism:KIND), not {kind!r}{hint}"
        )
    root = folder("exercism", path, _CONTENTS)
    exercises = [
        exercise
        for place in _folders(root)
        if kind in ("all", place.parent.name) and (exercise := _exercise(place)) is not None
    ]
    if not exercises:
        raise DataError(f"{path}: this folder has no exercises: give {_CONTENTS}")
    return LoadedDataset("exercism", "", ("test",), [_problem(each) for each in exercises])


def _folders(root: Path) -> Iterator[Path]:
    """Yield every folder that may be an exercise, in a fixed order."""
    if any(root.glob("*_test.py")):
        yield root
        return
    tests = [test for depth in ("*", "*/*", "*/*/*") for test in root.glob(f"{depth}/*_test.py")]
    yield from sorted({test.parent for test in tests}, key=lambda each: (each.name, each))


def _exercise(root: Path) -> _Exercise | None:
    config = root / ".meta" / "config.json"
    files: Mapping[str, object] = {}
    if config.is_file():
        try:
            files = object_of(object_of(json_value(read(config))).get("files", {}))
        except ValueError as error:
            raise DataError(f"{config}: {error}") from None
    tests = _listed(root, config, files, "test") or tuple(sorted(root.glob("*_test.py")))
    stubs = _listed(root, config, files, "solution") or tuple(
        stub
        for test in tests
        if (stub := test.with_name(test.name.removesuffix("_test.py") + ".py")).is_file()
    )
    references = (
        *_listed(root, config, files, "example"),
        *_listed(root, config, files, "exemplar"),
        *(root / name for name in _REFERENCES),
    )
    if len(stubs) != 1 or not tests:
        return None
    reference = next((file for file in references if file.is_file()), None)
    return _Exercise(root, stubs[0], tests, reference)


def _listed(root: Path, config: Path, files: Mapping[str, object], key: str) -> tuple[Path, ...]:
    try:
        names = items(dict(files), key, program, ())
    except ValueError as error:
        raise DataError(f"{config}: {error}") from None
    return tuple(root / name for name in names)


def _problem(exercise: _Exercise) -> Problem:
    test, *_ = exercise.tests
    module = exercise.stub.stem
    stub = read(exercise.stub)
    helpers = {
        file.stem: read(file)
        for file in sorted(exercise.root.glob("*.py"))
        if file not in (exercise.stub, test)
    }
    try:
        code = as_solution(with_helpers(read(test), helpers), module)
    except SyntaxError as error:
        raise DataError(f"{test}: {error.msg}, line {error.lineno}") from None
    reference = read(exercise.reference) if exercise.reference else ""
    return Problem(
        task_id=exercise.root.name,
        prompt=_task(exercise.root),
        tests=[TestCase.assertion(code)],
        starter_code=stub,
        solutions=(reference,) if reference else (),
        fixtures=_files_for_programs(exercise, stub + reference),
        split="test",
        metadata={"kind": exercise.root.parent.name},
    )


def _files_for_programs(exercise: _Exercise, programs: str) -> dict[str, str | bytes]:
    """Return the other files of an exercise that the stub or the reference names.

    Files that only the test uses may have the expected values in them.
    """
    modules = imported_modules(programs)
    return {
        file.name: file.read_bytes()
        for file in sorted(exercise.root.iterdir())
        if file.is_file()
        and file not in (exercise.stub, *exercise.tests)
        and (file.stem in modules if file.suffix == ".py" else file.name in programs)
    }


def _task(root: Path) -> str:
    """Return what a student reads: the introduction and the instructions."""
    parts = (read_if_any(root / ".docs" / f"{name}.md").strip() for name in _DOCS)
    return "\n\n".join(filter(None, parts))


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``exercism``."""
    register("exercism", exercism)
