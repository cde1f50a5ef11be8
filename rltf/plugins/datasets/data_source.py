"""Locate the files of a dataset: at the user's path, or else in the hub's cache or on the hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rltf.common import dataset_files
from rltf.common.did_you_mean import nearest
from rltf.errors import DataError
from rltf.samples.row_file import missing

NETWORK_TIMEOUT_S = 5.0


def check_form(dataset: str, form: str, known: Sequence[str]) -> None:
    """Raise :class:`DataError` if a dataset does not have the form that ``DATASET:FORM`` names."""
    if form not in known:
        hint = nearest(form, known, repr)
        raise DataError(
            f"dataset {dataset} is {' or '.join(known)} ({dataset}:NAME), not {form!r}{hint}"
        )


def locate(
    name: str,
    path: str | Path | None,
    *,
    repository: str,
    patterns: Sequence[str],
    revision: str | None = None,
) -> list[Path]:
    """Return the data files of a dataset, in the order of ``patterns``.

    Args:
        name: Name of the dataset, for messages.
        path: A file, or a folder with the same layout as the repository.
        repository: OWNER/NAME of the dataset on the hub.
        patterns: Globs in the repository; each must match a file.
        revision: Branch, tag or commit of the repository; ``None`` means its main branch.

    Raises :class:`DataError` if the files cannot be found; never falls back to other data.
    """
    if path is None:
        folder = _download(name, repository, patterns, revision)
        dataset_files.note(folder)
        return [file for pattern in patterns for file in sorted(folder.glob(pattern))]
    local = Path(path).expanduser()
    dataset_files.note(local)
    if not local.exists():
        raise DataError(missing(local))
    if not local.is_dir():
        return [local]
    files = [file for pattern in patterns for file in sorted(local.glob(pattern))]
    if not files:
        raise DataError(
            f"{path}: this folder holds no data of dataset {name}; give the file itself, or a "
            f"copy of the hub's {repository} ({', '.join(patterns)})"
        )
    return files


def in_repository(path: str | Path | None, places: Sequence[str]) -> str | Path | None:
    """Return the file at the first of these places in a folder; any other path is unchanged.

    For a dataset whose own repository has other files beside the data.
    """
    if path is None:
        return None
    files = (Path(path).expanduser() / place for place in places)
    return next((file for file in files if file.is_file()), path)


def _download(name: str, repository: str, patterns: Sequence[str], revision: str | None) -> Path:
    """Return the folder of the hub's files; download them unless all of them are in the cache."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import (
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    def snapshot(local_files_only: bool) -> Path:
        return Path(
            snapshot_download(
                repository,
                repo_type="dataset",
                revision=revision,
                allow_patterns=list(patterns),
                etag_timeout=NETWORK_TIMEOUT_S,
                local_files_only=local_files_only,
            )
        )

    other_ways = "to use a local copy: --data PATH, or HF_HOME=/path/of/the/cache"
    source = repository if revision is None else f"{repository} at {revision}"
    try:
        cached = snapshot(local_files_only=True)
        if not _missing(cached, patterns):
            return cached
    except LocalEntryNotFoundError:
        pass  # not in the cache: downloaded below
    try:
        folder = snapshot(local_files_only=False)
    except (RepositoryNotFoundError, RevisionNotFoundError):
        raise DataError(
            f"dataset {name}: {constants.ENDPOINT} has no {source} that you may read; {other_ways}"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(
            f"dataset {name}: no copy of {source} in {constants.HF_HUB_CACHE}, and "
            f"{constants.ENDPOINT} cannot be reached ({type(error).__name__}); {other_ways}"
        ) from None
    if missing := _missing(folder, patterns):
        raise DataError(f"dataset {name}: {source} on the hub has no {missing}; {other_ways}")
    return folder


def _missing(folder: Path, patterns: Sequence[str]) -> str | None:
    """Return the first pattern that matches no file, or ``None``."""
    return next((pattern for pattern in patterns if not any(folder.glob(pattern))), None)
