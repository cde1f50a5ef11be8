"""The rows of samples: a thin layer over ``row_file`` that unpacks two containers of EvalPlus.

    any file of rows              see ``row_file``
    eval_results.json             {"eval": {TASK: [{"solution", …}, …]}}: a row per result
    a folder                      TASK/N.py, with _ for / in TASK; read file by file

``sample_file`` gives the rows their meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rltf.dataset import DataError
from rltf.samples import row_file
from rltf.samples.row_file import Row


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file or folder, in order.

    Raises :class:`rltf.dataset.DataError` where nothing can be read.
    """
    if path.is_dir():
        yield from _of_folder(path)
        return
    for row in row_file.rows(path):
        match row.value:
            case {"eval": dict() as tasks}:
                yield from _of_results(tasks)
            case _:
                yield row


def _of_results(tasks: Mapping[str, Any]) -> Iterator[Row]:
    for task_id, results in tasks.items():
        if not isinstance(results, list):
            yield Row(f"task {task_id!r}", fault="must hold a list of results")
            continue
        for number, result in enumerate(results, 1):
            name = f"task {task_id!r}, result {number}"
            if isinstance(result, dict):
                yield Row(name, {"task_id": task_id, **result})
            else:
                yield Row(name, fault=f"must be an object, not {result!r:.60}")


def _of_folder(path: Path) -> Iterator[Row]:
    empty = True
    for folder in sorted(path.iterdir()):
        if not folder.is_dir():
            continue
        for file in sorted(folder.glob("*.py"), key=_by_number):
            if not file.is_file():
                continue
            empty = False
            name = f"{folder.name}/{file.name}"
            try:
                program = file.read_bytes().decode()
            except UnicodeDecodeError as error:
                yield Row(name, fault=f"not UTF-8 ({error.reason})")
            except OSError as error:
                yield Row(name, fault=str(error.strerror))
            else:
                yield Row(name, {"folder": folder.name, "solution": program})
    if empty:
        raise DataError(f"{path}: a folder of samples holds TASK/0.py, TASK/1.py, …; here are none")


def _by_number(file: Path) -> tuple[float, str]:
    return (int(file.stem) if file.stem.isdecimal() else float("inf"), file.name)
