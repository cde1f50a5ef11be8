"""Policies from checkpoints in the hub's format: ``codet5``, ``codegen350m``, …, ``hf:PATH_OR_ID``.

A folder is used as it is, and so is a GGUF file. An id is looked up in the local cache and
downloaded only if it is not there. Weights are loaded in the precision in which they are stored.
"""

from __future__ import annotations

import json
import logging
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.policies import gguf_file
from rltf.plugins.policies.context_length import context_length
from rltf.plugins.policies.published_shapes import SHAPES
from rltf.plugins.policies.run_size import defaults_for, weight_bytes

if TYPE_CHECKING:
    from rltf.models.policy import Policy, PolicyError

CHECKPOINTS = {
    "codet5": "Salesforce/codet5-large-ntp-py",
    "codegen350m": "Salesforce/codegen-350M-mono",
    "codegen2.7b": "Salesforce/codegen-2B-mono",
    "codegen6b": "Salesforce/codegen-6B-mono",
}
CODEGEN_DEFAULTS = {"problems_per_round": 160, "samples_per_problem": 10, "micro_batch_size": 1}
"""Options for which the paper used other values for CodeGen than for CodeT5."""

OTHER_WAYS = "to use a local copy: --policy hf:/path/to/dir, or HF_HOME=/path/of/the/cache"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
NETWORK_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 1.0
"""Time limit for asking the hub whether it has a checkpoint, before anything is loaded."""


@hookimpl
def rltf_register_policies(register: Register) -> None:
    for name, source in CHECKPOINTS.items():
        register(name, partial(hub_policy, source, name=name))
    register("hf", hub_policy)


def hub_policy(source: str | None = None, *, name: str | None = None) -> Policy:
    """Return the policy for a checkpoint: a folder, or an id on the hub."""
    from rltf.models.policy import Policy, PolicyError

    if not source:
        raise PolicyError(
            "policy hf: say which checkpoint: hf:/path/to/dir or hf:Salesforce/codegen-350M-mono"
        )
    own_name, name = name, name or f"hf:{source}"
    return Policy(
        name,
        partial(load_checkpoint, name, source),
        None,
        _training_defaults(source, is_named=own_name is not None),
        read_context_length=partial(read_context_length, name, source),
        skeleton=partial(skeleton, name, source),
    )


def _training_defaults(source: str, *, is_named: bool) -> dict[str, Any]:
    """Return the paper's options for its own checkpoints, and those for one GPU for others."""
    if "/codegen-" in source:
        return CODEGEN_DEFAULTS
    if is_named or source in CHECKPOINTS.values():
        return {}
    path = Path(source).expanduser()
    if gguf_file.gguf_path(source):
        return defaults_for(weight_bytes([path] if path.is_file() else []))
    return defaults_for(weight_bytes([*path.glob("*.safetensors"), *path.glob("*.bin")]))


def read_context_length(name: str, source: str) -> int | None:
    """Return the context length from a checkpoint's config.json, without loading its weights.

    Returns ``None`` if there is no fixed limit, or if the checkpoint is not downloaded yet. Raises
    ``PolicyError`` if the checkpoint is not available; logs a warning if the hub does not answer.
    """
    from rltf.models.policy import PolicyError

    if path := gguf_file.gguf_path(source):
        return context_length(gguf_file.read_gguf_config(name, path).to_dict())
    folder = _local(name, source)
    if folder is None:
        _ask_hub(name, source)
        return None
    _check_whole(name, folder)
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return context_length(config)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise PolicyError(f"policy {name}: cannot read {folder}/config.json: {error}") from None


def skeleton(name: str, source: str) -> Any:
    """Return a checkpoint's model without its weights, on torch's meta device.

    A checkpoint that is not downloaded yet has its published shape; returns ``None`` if rltf knows
    none. In both cases, a warning says so.
    """
    from rltf.models.policy import PolicyError

    try:
        path = gguf_file.gguf_path(source)
        folder = None if path else _local(name, source)
        shape = SHAPES.get(source, {})
        if path is None and folder is None:
            _warn_of_size(name, source, is_known=bool(shape))
            if not shape:
                return None
        import torch  # takes seconds
        from transformers import AutoConfig

        if path:
            config = gguf_file.read_gguf_config(name, path)
        elif folder:
            config = AutoConfig.from_pretrained(folder)
        else:
            config = AutoConfig.for_model(**shape)
        with torch.device("meta"):
            return _auto_class(config).from_config(config, dtype=config.dtype or torch.float32)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).strip().split("\n")[0]
        raise PolicyError(f"policy {name}: cannot build the model of {source}: {reason}") from error


def _warn_of_size(name: str, source: str, *, is_known: bool) -> None:
    size = "its size is that of its published shape" if is_known else "its size is not known"
    logging.getLogger("rltf").warning(
        "policy %s: %s is not downloaded yet, so %s; hf download %s gets it",
        name,
        source,
        size,
        source,
    )


def _auto_class(config: Any) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    return AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM


def load_checkpoint(name: str, source: str) -> tuple[Any, Any]:
    """Return the model and the tokenizer; raise ``PolicyError`` if they cannot be loaded."""
    from transformers import AutoConfig

    from rltf.models.policy import PolicyError

    if path := gguf_file.gguf_path(source):
        folder = gguf_file.convert_gguf(name, path)
    else:
        folder = _find(name, source)
    _check_whole(name, folder)
    try:
        config = AutoConfig.from_pretrained(folder)
        result: Any = _auto_class(config).from_pretrained(
            folder, dtype="auto", output_loading_info=True
        )
        model, loading_info = result
        tokenizer = _tokenizer_class(folder, config.model_type).from_pretrained(folder)
    except Exception as error:  # whatever a damaged checkpoint makes transformers raise
        reason = str(error).strip().split("\n")[0]
        raise PolicyError(
            f"policy {name}: cannot load {folder}: {type(error).__name__}: {reason}"
        ) from error
    if missing_keys := sorted(loading_info["missing_keys"]):
        raise PolicyError(
            f"policy {name}: the weights in {folder} lack {len(missing_keys)} tensors of a "
            f"{type(model).__name__}, such as {missing_keys[0]}; they belong to another model"
        )
    return model, tokenizer


def _check_whole(name: str, folder: Path) -> None:
    from rltf.models.policy import PolicyError

    if missing := _missing(folder):
        raise PolicyError(
            f"policy {name}: {folder} lacks {missing}; a checkpoint in the hub's format has it"
        )


def _local(name: str, source: str) -> Path | None:
    """Return a checkpoint's folder on this machine, as named or in the hub's cache, if any."""
    from rltf.models.policy import PolicyError

    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    not_found = PolicyError(
        f"policy {name}: {source} is neither a folder here nor a model id of the hub (OWNER/NAME)"
    )
    if source.startswith(("/", ".", "~")):
        raise not_found
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        cached = Path(snapshot_download(source, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    except HFValidationError:
        raise not_found from None
    return None if _missing(cached) else cached


def _ask_hub(name: str, source: str) -> None:
    """Raise the error of :func:`_find` if the hub does not have the checkpoint."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import RepositoryNotFoundError

    if constants.HF_HUB_OFFLINE:
        _find(name, source)
        return
    answers: list[bool] = []

    def ask() -> None:
        try:
            HfApi(constants.ENDPOINT).model_info(source, timeout=ANSWER_TIMEOUT_S)
            answers.append(True)
        except RepositoryNotFoundError:
            answers.append(False)
        except Exception:  # whatever the network makes the client raise
            return  # no answer, or an answer that decides nothing

    # A thread, because a request's timeout does not cover the DNS lookup.
    request = threading.Thread(target=ask, daemon=True)
    request.start()
    request.join(ANSWER_TIMEOUT_S)
    if not answers:
        logging.getLogger("rltf").warning(
            "policy %s: %s is not downloaded yet, and %s did not answer; the run needs it to",
            name,
            source,
            constants.ENDPOINT,
        )
    elif not answers[0]:
        raise _not_on_hub(name, source)


def _not_on_hub(name: str, source: str) -> PolicyError:
    from huggingface_hub import constants

    from rltf.models.policy import PolicyError

    return PolicyError(
        f"policy {name}: {constants.ENDPOINT} has no model {source} that you may read, and "
        f"there is no copy in {constants.HF_HUB_CACHE}; {OTHER_WAYS}"
    )


def _find(name: str, source: str) -> Path:
    """Return the folder of a checkpoint; download it if necessary."""
    if (local := _local(name, source)) is not None:
        return local
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError

    from rltf.models.policy import PolicyError

    try:
        return Path(
            snapshot_download(
                source,
                etag_timeout=NETWORK_TIMEOUT_S,
                allow_patterns=["*.json", "*.txt", "*.model", "*.safetensors", "*.bin"],
            )
        )
    except RepositoryNotFoundError:
        raise _not_on_hub(name, source) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise PolicyError(
            f"policy {name}: no copy of {source} in {constants.HF_HUB_CACHE}, and "
            f"{constants.ENDPOINT} cannot be reached ({type(error).__name__}); {OTHER_WAYS}"
        ) from None


def _missing(folder: Path) -> str | None:
    """Return the first part of a checkpoint that a folder lacks, or ``None``."""
    if not (folder / "config.json").is_file():
        return "config.json"
    indices = [f"{name}.index.json" for name in WEIGHTS]
    if not any((folder / name).is_file() for name in (*WEIGHTS, *indices)):
        return f"weights ({' or '.join(WEIGHTS)})"
    vocabularies = ("tokenizer.json", "vocab.json", "spiece.model", "tokenizer.model")
    if not any((folder / name).is_file() for name in vocabularies):
        return "a tokenizer (tokenizer.json, or vocab.json and merges.txt)"
    return None


def _tokenizer_class(folder: Path, model_type: str) -> Any:
    """Return the tokenizer class that the checkpoint names, or else the class of its model family.

    AutoTokenizer uses the model type alone: it would choose SentencePiece for CodeT5, which has a
    byte-level vocabulary like RoBERTa's.
    """
    from transformers import AutoTokenizer, CodeGenTokenizer, RobertaTokenizer

    settings = folder / "tokenizer_config.json"
    if settings.is_file() and "tokenizer_class" in json.loads(settings.read_text("utf-8")):
        return AutoTokenizer
    if model_type == "codegen":
        return CodeGenTokenizer
    if model_type == "t5" and (folder / "merges.txt").is_file():
        return RobertaTokenizer
    return AutoTokenizer
