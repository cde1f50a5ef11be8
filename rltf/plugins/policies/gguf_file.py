"""Checkpoints in one GGUF file, as llama.cpp uses them: ``hf:DIR/model.gguf``.

transformers reads the file with the package gguf (``pip install "rltf[gguf]"``). Quantized weights
become ordinary ones.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from rltf.errors import PolicyError
from rltf.plugins.policies.context_length import context_length

SUFFIX = ".gguf"


def gguf_path(source: str) -> Path | None:
    """Return the path if a policy's source names a GGUF file."""
    path = Path(source).expanduser()
    return path if path.suffix == SUFFIX else None


def read_gguf_context_length(name: str, path: Path) -> int | None:
    """Return the context length that the file states, without reading its weights."""
    _check(name, path)
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(path.parent, gguf_file=path.name)
    except Exception as error:  # whatever a damaged file makes transformers raise
        raise _unreadable(name, path, error) from error
    return context_length(config.to_dict())


def load_gguf(name: str, path: Path) -> tuple[Any, Any]:
    """Return the model and the tokenizer; raise :class:`PolicyError` if they cannot be loaded."""
    _check(name, path)
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        model = AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype="float32"
        )
    except Exception as error:  # whatever a damaged file makes transformers raise
        raise _unreadable(name, path, error) from error
    return model, tokenizer


def _check(name: str, path: Path) -> None:
    if not path.is_file():
        raise PolicyError(f"policy {name}: there is no file {path}")
    missing = [
        package for package in ("gguf", "accelerate") if not importlib.util.find_spec(package)
    ]
    if missing:
        raise PolicyError(
            f"policy {name}: reading GGUF files needs {' and '.join(missing)}: "
            "pip install 'rltf[gguf]'"
        )


def _unreadable(name: str, path: Path, error: Exception) -> PolicyError:
    reason = str(error).strip().split("\n")[0]
    return PolicyError(f"policy {name}: cannot load {path}: {type(error).__name__}: {reason}")
