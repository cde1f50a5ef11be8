"""Write samples and results in a format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from rltf.common.file_writes import name_in_errors
from rltf.common.pass_at_k import pass_at_k
from rltf.conversion.converted_sample import (
    RUNTIME_ERROR,
    TIME_LIMIT,
    UNSCORED,
    WRONG_ANSWER,
    ConvertedSample,
    Losses,
    Result,
)
from rltf.conversion.formats import Format
from rltf.dataset import DataError, Dataset
from rltf.problem import Problem
from rltf.samples.task_lookup import folder_of, keeps_id

_AT = (1, 10, 100)
"""The k of pass@k, as far as every problem has so many samples."""
_QUESTION = ("question_title", "platform", "contest_id", "contest_date", "difficulty")
"""What the dataset knows of a problem, in LiveCodeBench's words."""
_UNKNOWN_QUESTION = (
    "LiveCodeBench's scores need the date and the difficulty of its problem: "
    "give --dataset livecodebench"
)
_EVALPLUS = {"passed": "pass", "timeout": "timeout", "failed": "fail"}

Writer = Callable[[Iterable[ConvertedSample], TextIO, "Dataset | None", Losses], None]


def write(
    form: Format,
    entries: Iterable[ConvertedSample],
    file: TextIO,
    dataset: Dataset | None,
    losses: Losses,
) -> None:
    """Write samples in any format but ``evalplus-folder``; count what it cannot express.

    Raises :class:`rltf.dataset.DataError` for a sample that the format cannot hold.
    """
    WRITERS[form.name](_counted(form, entries, losses), file, dataset, losses)


def write_folder(
    entries: Iterable[ConvertedSample], folder: Path, dataset: Dataset | None, losses: Losses
) -> None:
    """Write each program to a file of its own, ``TASK/N.py``.

    Raises :class:`rltf.dataset.DataError` for a task id that cannot name a folder.
    """
    tasks: dict[str, str] = {}
    for entry in entries:
        losses.update(entry.lost)
        losses.update(["its result is left out"] if entry.result else [])
        if dataset is None and not keeps_id(entry.problem):
            losses["its folder has _ for / in the task id, which only --dataset turns back"] += 1
        task_id, name = entry.sample.task_id, folder_of(entry.problem)
        if tasks.setdefault(name, task_id) != task_id:
            raise DataError(f"tasks {tasks[name]!r} and {task_id!r} share the folder {name!r}")
        if name in ("", ".", "..") or "\0" in name or len(name.encode(errors="replace")) > 255:
            raise DataError(f"task id {task_id!r:.80} can be no folder's name")
        program = folder / name / f"{entry.sample.index}.py"
        with name_in_errors(program):
            program.parent.mkdir(exist_ok=True)
            program.write_bytes(_encoded(entry))


def _counted(
    form: Format, entries: Iterable[ConvertedSample], losses: Losses
) -> Iterator[ConvertedSample]:
    """Yield the samples that the format can hold.

    Raises :class:`DataError` where the format is for results and no sample has one.
    """
    without = held = unscored = 0
    for entry in entries:
        losses.update(entry.lost)
        if form.has_results and entry.result is None:
            without += 1
            unscored += UNSCORED in entry.lost
            continue
        if entry.result and not form.has_results:
            losses["its result is left out"] += 1
        held += 1
        yield entry
    if without and not held:
        hint = "judge them with rltf score, then convert what it wrote, with --samples"
        why = "all are unscored" if unscored == without else hint
        raise DataError(f"none of the {without} samples has a result for {form.name}: {why}")
    losses["samples without a result are left out"] += without


def _human_eval(
    entries: Iterable[ConvertedSample], file: TextIO, _: Dataset | None, __: Losses
) -> None:
    for entry in entries:
        _write_line(file, _completion(entry))


def _human_eval_results(
    entries: Iterable[ConvertedSample], file: TextIO, _: Dataset | None, __: Losses
) -> None:
    for entry in entries:
        result = _known(entry)
        words = {"passed": "passed", "timeout": "timed out", "failed": f"failed: {result.message}"}
        outcome = {"result": words[result.outcome], "passed": result.passed}
        _write_line(file, _completion(entry) | outcome)


def _evalplus(
    entries: Iterable[ConvertedSample], file: TextIO, _: Dataset | None, __: Losses
) -> None:
    for entry in entries:
        _write_line(file, {"task_id": entry.sample.task_id, "solution": entry.sample.program})


def _evalplus_results(
    entries: Iterable[ConvertedSample], file: TextIO, _: Dataset | None, losses: Losses
) -> None:
    tasks: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        result = _known(entry)
        losses["why it failed is left out"] += bool(result.message)
        tasks.setdefault(entry.sample.task_id, []).append(
            {
                "task_id": entry.sample.task_id,
                "solution": entry.sample.program,
                "base_status": _EVALPLUS[result.outcome],
                "plus_status": None,
                "base_fail_tests": [],
                "plus_fail_tests": [],
            }
        )
    passed = [
        (len(rows), sum(row["base_status"] == "pass" for row in rows)) for rows in tasks.values()
    ]
    document = {
        "date": datetime.now().strftime("%Y-%m-%d %H:%M"),
        "hash": "",
        "eval": tasks,
        "pass_at_k": {"base": _pass_at_k(passed)},
    }
    _write_line(file, document)


def _bigcode(
    entries: Iterable[ConvertedSample], file: TextIO, dataset: Dataset | None, _: Losses
) -> None:
    assert dataset is not None
    programs: dict[str, list[str]] = {problem.task_id: [] for problem in dataset.problems()}
    for entry in entries:
        programs[entry.sample.task_id].append(entry.sample.program)
    _write_line(file, list(programs.values()))


def _bigcode_results(
    entries: Iterable[ConvertedSample], file: TextIO, dataset: Dataset | None, losses: Losses
) -> None:
    assert dataset is not None
    passed: dict[str, list[bool]] = {}
    for entry in entries:
        passed.setdefault(entry.sample.task_id, []).append(_known(entry).passed)
        losses["its program is left out"] += 1
    rates = _pass_at_k([(len(each), sum(each)) for each in passed.values()])
    _write_line(file, {dataset.name: rates, "config": {}})


def _livecodebench(
    entries: Iterable[ConvertedSample], file: TextIO, _: Dataset | None, __: Losses
) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for entry in entries:
        task_id = entry.sample.task_id
        row = rows.setdefault(task_id, {"question_id": task_id, "code_list": []})
        row["code_list"].append(entry.sample.program)
    _write_line(file, list(rows.values()))


def _livecodebench_results(
    entries: Iterable[ConvertedSample], file: TextIO, _: Dataset | None, losses: Losses
) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for entry in entries:
        sample, result = entry.sample, _known(entry)
        if (row := rows.get(sample.task_id)) is None:
            row = rows[sample.task_id] = _question(entry.problem)
        losses[_UNKNOWN_QUESTION] += "contest_date" not in row
        row["output_list"].append(sample.program if sample.text is None else sample.text)
        row["code_list"].append(sample.program)
        row["graded_list"].append(result.passed)
        row["metadata"].append(json.dumps(_livecodebench_words(result)))
    for row in rows.values():
        row["pass@1"] = sum(row["graded_list"]) / len(row["graded_list"])
    _write_line(file, list(rows.values()))


def _question(problem: Problem) -> dict[str, Any]:
    """Return the row of a problem, with all that LiveCodeBench's ``compute_scores`` reads of it."""
    return {
        **{key: value for key, value in problem.metadata.items() if key in _QUESTION},
        "question_id": problem.task_id,
        "question_content": problem.prompt,
        "starter_code": problem.starter_code,
        **{name: [] for name in ("output_list", "code_list", "graded_list", "metadata")},
    }


def _livecodebench_words(result: Result) -> dict[str, Any]:
    match result.outcome:
        case "passed":
            return {}
        case "timeout":
            return {"error_code": TIME_LIMIT, "error_message": "Time Limit Exceeded"}
    message = "Wrong Answer" if result.message in ("", "wrong_answer") else result.message
    is_wrong = message.lower().startswith("wrong answer")
    return {"error_code": WRONG_ANSWER if is_wrong else RUNTIME_ERROR, "error_message": message}


WRITERS: dict[str, Writer] = {
    "humaneval": _human_eval,
    "humaneval-results": _human_eval_results,
    "evalplus": _evalplus,
    "evalplus-results": _evalplus_results,
    "bigcode": _bigcode,
    "bigcode-results": _bigcode_results,
    "livecodebench": _livecodebench,
    "livecodebench-results": _livecodebench_results,
}
"""Writer of each format that is one file."""


def _write_line(file: TextIO, value: object) -> None:
    file.write(json.dumps(value) + "\n")


def _completion(entry: ConvertedSample) -> dict[str, str]:
    program, prompt = entry.sample.program, entry.problem.prompt
    if not program.startswith(prompt):
        raise DataError(
            f"sample {entry.sample.index} of {entry.sample.task_id!r} does not begin with its prompt, "
            "so it is no completion of it: keep it as a solution (--to evalplus)"
        )
    return {"task_id": entry.sample.task_id, "completion": program.removeprefix(prompt)}


def _known(entry: ConvertedSample) -> Result:
    assert entry.result is not None
    return entry.result


def _encoded(entry: ConvertedSample) -> bytes:
    try:
        return entry.sample.program.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"sample {entry.sample.index} of {entry.sample.task_id!r} holds a surrogate at character "
            f"{error.start}, which no file of text can hold"
        ) from None


def _pass_at_k(tasks: list[tuple[int, int]]) -> dict[str, float]:
    """pass@k over (samples, passed) of each task, for the k that all have samples for."""
    fewest = min((n for n, _ in tasks), default=0)
    samples, passed = zip(*tasks, strict=True) if tasks else ((), ())
    return {f"pass@{k}": float(pass_at_k(samples, passed, k).mean()) for k in _AT if k <= fewest}
