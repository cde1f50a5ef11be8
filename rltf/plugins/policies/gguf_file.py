"""Checkpoints in one GGUF file, as llama.cpp uses them: ``hf:DIR/model.gguf``.

transformers reads the file with the package gguf (``pip install "rltf[gguf]"``), which takes
minutes. The result, an ordinary checkpoint, is therefore kept in a cache: ``converted`` in the
folder ``RLTF_MODELS``, by default ``~/.cache/rltf/models``.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import logging
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from rltf.common.cache_folder import models_folder
from rltf.errors import PolicyError

SUFFIX = ".gguf"
_HALF, _FULL = "F16", "F32"


def gguf_path(source: str) -> Path | None:
    """Return the path if a policy's source names a GGUF file."""
    path = Path(source).expanduser()
    return path if path.suffix == SUFFIX else None


def read_gguf_config(name: str, path: Path) -> Any:
    """Return the configuration of the model in a file, without reading its weights."""
    _check(name, path)
    from transformers import AutoConfig

    folder = _cached(path)
    try:
        if folder.is_dir():
            return AutoConfig.from_pretrained(folder)
        config = AutoConfig.from_pretrained(path.parent, gguf_file=path.name)
        config.dtype = _dtype(path)
    except Exception as error:  # whatever a damaged file makes transformers raise
        raise _unreadable(name, path, error) from error
    return config


def convert_gguf(name: str, path: Path) -> Path:
    """Return the folder of a checkpoint with the file's model, which the first call makes.

    Quantized weights are stored as bfloat16, others in the file's own precision. Raises
    :class:`PolicyError` if the file cannot be read, or the checkpoint not be written.
    """
    _check(name, path)
    folder = _cached(path)
    if not folder.is_dir():
        logging.getLogger("rltf").warning(
            "policy %s: converting %s, once; the result is kept in %s", name, path.name, folder
        )
        model, tokenizer = _read(name, path)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
            try:
                model.save_pretrained(part)
                tokenizer.save_pretrained(part)
                part.rename(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        except Exception as error:  # an OSError, or what safetensors makes of one
            if not folder.is_dir():  # it is one where another process was faster
                raise PolicyError(
                    f"policy {name}: cannot keep the converted model in {folder}: {error}; "
                    "RLTF_MODELS=DIR names another folder"
                ) from error
    return folder


def _read(name: str, path: Path) -> tuple[Any, Any]:
    import transformers
    from tqdm import tqdm
    from transformers import AutoModelForCausalLM, AutoTokenizer

    # Its progress bar has no switch; this one is silent where stderr is no terminal.
    reader: Any = importlib.import_module("transformers.modeling_gguf_pytorch_utils")
    reader.tqdm = partial(tqdm, disable=None)
    options: dict[str, Any] = {}
    if hasattr(transformers, "GgufConfig"):  # else every version unpacks the weights
        options["quantization_config"] = transformers.GgufConfig(dequantize=True)
    try:
        dtype = _dtype(path)
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        model: Any = AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=dtype, **options
        )
        model.hf_quantizer = None  # the weights are ordinary ones by now
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
    except Exception as error:  # whatever a damaged file makes transformers raise
        raise _unreadable(name, path, error) from error
    return model, tokenizer


def _dtype(path: Path) -> str:
    """Return the type that a file's matrices are stored as once they are converted."""
    from gguf import GGUFReader

    tensors = GGUFReader(path).tensors
    kinds = {tensor.tensor_type.name for tensor in tensors if len(tensor.shape) > 1}
    if kinds == {_FULL}:
        return "float32"
    return "float16" if kinds <= {_FULL, _HALF} else "bfloat16"


def _cached(path: Path) -> Path:
    state = path.stat()
    version = f"{path.resolve()} {state.st_size} {state.st_mtime_ns}"
    digest = hashlib.sha256(version.encode()).hexdigest()[:12]
    return models_folder() / "converted" / f"{path.stem}-{digest}"


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
    return PolicyError(
        f"policy {name}: cannot load {path}: {type(error).__name__}: {reason}; is it whole?"
    )
