"""The secret that seeds the random draws of tests, so that no program can predict them.

The same secret gives the same draws and so the same verdicts. It is the first of these:

    RLTF_SECRET             any text; for verdicts that repeat on other machines
    rltf/secret             in the user's cache folder (XDG_CACHE_HOME), created at the first need
    a secret of the process if that file can neither be read nor created; other processes then draw
                            differently

A program can read none of them: its environment is made for it, and the jail opens no file of the
user.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from rltf.common.file_writes import put_in_place
from rltf.sandbox.guest.shared.wire import TEST_SEED_LENGTH

VARIABLE = "RLTF_SECRET"
_BYTES = 32
_OF_PROCESS = os.urandom(_BYTES)
"""The secret of this process and its forks, if there is no other."""
_adopted = b""


def seed(*of: str | bytes) -> bytes:
    """Return the seed for the draws of one test, which is identified by its parts."""
    digest = hashlib.blake2b(key=secret(), digest_size=TEST_SEED_LENGTH)
    for part in of:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()


def adopt(secret: bytes) -> None:
    """Use the secret of another process, so that its tests draw the same here."""
    global _adopted
    _adopted = secret


def secret() -> bytes:
    """Return the secret of this process and its forks."""
    return _adopted or _own_secret()


@cache
def _own_secret() -> bytes:
    if text := os.environ.get(VARIABLE):
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
    try:
        return _kept(_file())
    except (OSError, ValueError, RuntimeError):
        return _OF_PROCESS


def _file() -> Path:
    folder = os.environ.get("XDG_CACHE_HOME", "")
    # a relative path there is to be ignored, says the standard
    base = Path(folder) if os.path.isabs(folder) else Path.home() / ".cache"
    return base / "rltf" / "secret"


def _kept(file: Path) -> bytes:
    """Return the content of the file, which is created if it is missing or damaged."""
    try:
        return _read(file)
    except FileNotFoundError:
        put: Callable[[Path, Path], None] = os.link  # the first process wins
    except ValueError:
        put = put_in_place
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".secret-")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w") as opened:  # complete before it gets its name
            opened.write(os.urandom(_BYTES).hex() + "\n")
        with contextlib.suppress(FileExistsError):
            put(part, file)
    finally:
        part.unlink(missing_ok=True)
    return _read(file)


def _read(file: Path) -> bytes:
    secret = bytes.fromhex(file.read_text("ascii"))
    if len(secret) != _BYTES:
        raise ValueError(f"{file} holds no secret")
    return secret
