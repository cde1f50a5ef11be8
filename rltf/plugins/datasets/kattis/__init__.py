"""Dataset ``kattis``: problem packages of Kattis, in their legacy form or that of 2023-07.

Reads one package or a folder of packages. ``data/sample`` are visible tests, ``data/secret`` hidden
ones. Programs read standard input. Output is compared by the default validator, or by the package's
own if that is a Python program. Interactive problems, and those whose validator is written in
another language, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rltf.dataset import LoadedDataset
from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.plugins.datasets.dataset_folders import folder, read, read_if_any
from rltf.plugins.datasets.kattis import checkers
from rltf.plugins.datasets.kattis.submissions import submissions
from rltf.problem import Problem, TestCase

_CONTENTS = "a problem package with problem.yaml, or a folder of packages"
_CONFIG = "problem.yaml"
_NOT_TEXT_IN_TEXT_OUT = ("interactive", "multi-pass", "submit-answer")
_FLAGS = ("output_validator_flags", "output_validator_args", "validator_flags")
_STATEMENTS = (
    *("problem_statement/problem.en.md", "problem_statement/problem.en.tex"),
    *("problem_statement/problem.md", "problem_statement/problem.tex"),
    *("statement/problem.en.md", "statement/problem.en.tex"),
)
_MIB = 1 << 20


def kattis(path: str | Path | None = None) -> LoadedDataset:
    """Load the problem packages in a folder."""
    root = folder("kattis", path, _CONTENTS)
    packages = [root] if (root / _CONFIG).is_file() else sorted(_packages(root))
    if not packages:
        raise DataError(f"{path}: this folder has no {_CONFIG}: give {_CONTENTS}")
    problems: list[Problem] = []
    skipped: dict[str, str] = {}
    for package in packages:
        try:
            problems.append(_problem(package))
        except DataError:
            raise
        except ValueError as error:
            skipped[package.name] = str(error)
    return LoadedDataset("kattis", "", ("test",), problems, skipped)


def _packages(root: Path) -> Iterator[Path]:
    for depth in ("*", "*/*"):
        yield from (config.parent for config in root.glob(f"{depth}/{_CONFIG}"))


def _problem(package: Path) -> Problem:
    """Return the problem of a package; raise ``ValueError`` if rltf cannot judge it."""
    config = _yaml(package / _CONFIG)
    kinds = f"{config.get('type', '')} {config.get('validation', '')}"
    for kind in _NOT_TEXT_IN_TEXT_OUT:
        if kind in kinds:
            raise ValueError(f"it is {kind}, not from text to text")
    tests = [*_tests(package, "sample", visible=True), *_tests(package, "secret", visible=False)]
    if not tests:
        raise ValueError("it has no tests")
    programs = submissions(package)
    return Problem(
        task_id=package.name,
        prompt=_statement(package, config),
        tests=tests,
        limits=_limits(package, config),
        solutions=programs.accepted,
        submissions=programs.others,
        checker=_checker(package, config),
        split="test",
        metadata={
            "license": str(config.get("license", "unknown")),
            "source": str(config.get("source", "")),
            "submissions_left_out": dict(sorted(programs.left_out.items())),
        },
    )


def _yaml(file: Path) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped]

    try:
        value = yaml.safe_load(read(file))
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{file}: not YAML ({reason})") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DataError(f"{file}: must be a mapping, not {value!r:.60}")
    return value


def _tests(package: Path, group: str, *, visible: bool) -> Iterator[TestCase]:
    for file in sorted((package / "data" / group).rglob("*.in")):
        answer = file.with_suffix(".ans")
        if not answer.is_file():
            raise DataError(f"{file}: there is no {answer.name} beside it")
        yield TestCase.stdin(read(file), read(answer), visible=visible)


def _checker(package: Path, config: Mapping[str, Any]) -> str:
    flags = _flags(package, config)
    for name in ("output_validator", "output_validators"):
        if (own := package / name).is_dir() and (
            name == "output_validator" or str(config.get("validation", "")).startswith("custom")
        ):
            return checkers.of_folder(own, flags)
    return checkers.default(flags)


def _flags(package: Path, config: Mapping[str, Any]) -> Sequence[str]:
    """Return the flags of the output validator, which all groups of tests must share."""
    groups = [file for name in ("testdata.yaml", "test_group.yaml") for file in package.rglob(name)]
    given = {
        tuple(value if isinstance(value, list) else str(value).split())
        for values in (config, *map(_yaml, groups))
        for key in _FLAGS
        if (value := values.get(key))
    }
    if len(given) > 1:
        raise ValueError("its groups of tests have different flags of the output validator")
    return [str(flag) for flag in given.pop()] if given else []


def _limits(package: Path, config: Mapping[str, Any]) -> Limits:
    """Return the limits that a package names; a package may leave all of them to the judge."""
    named = config.get("limits") or {}
    time_limit = named.get("time_limit") or read_if_any(package / ".timelimit").strip() or None
    chosen: dict[str, Any] = {}
    try:
        if time_limit is not None:
            chosen["cpu_s"] = float(time_limit)
        if "memory" in named:
            chosen["memory_mb"] = int(named["memory"])
        if "output" in named:
            chosen["output_bytes"] = int(named["output"]) * _MIB
        return Limits(**chosen)
    except (TypeError, ValueError) as error:
        raise DataError(f"{package / _CONFIG}: its limits are wrong: {error}") from None


def _statement(package: Path, config: Mapping[str, Any]) -> str:
    """Return the title and the statement, in English if there is an English one, as written."""
    others = sorted(
        path
        for name in ("problem_statement", "statement")
        for suffix in ("md", "tex")
        for path in (package / name).glob(f"problem*.{suffix}")
    )
    files = [package / name for name in _STATEMENTS if (package / name).is_file()]
    text = read((files or others)[0]).strip() if files or others else ""
    name = config.get("name", package.name)
    title = name.get("en") or next(iter(name.values()), "") if isinstance(name, dict) else name
    return f"{title}\n\n{text}".strip()


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``kattis``."""
    register("kattis", kattis)
