"""A policy: a model with its tokenizer and prompt format, that writes samples and is trained.

The model is decoder-only or encoder-decoder, any that transformers can generate with. Ids that the
model sampled are kept as they are: text is made from their bytes and never tokenized again.

torch is imported when a model is loaded, not before: ``rltf run`` refuses wrong options at once.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rltf import manager
from rltf.dataset import Dataset, prompt_of
from rltf.errors import PolicyError as PolicyError
from rltf.errors import PromptLengthError
from rltf.models.adapter import Lora, add_adapters, has_adapters, save_with_adapters
from rltf.models.chat_template import ChatTemplate
from rltf.models.loading import Dtype, choose_dtype
from rltf.models.loading import best_device as best_device
from rltf.models.loading import load_policy as load_policy
from rltf.problem import Problem
from rltf.prompt import BLOCK_END, BLOCK_START, PromptFormat, cut, place
from rltf.sample import Sample
from rltf.sampling_options import Sampling
from rltf.spans import token_table

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from rltf.models.generation import GeneratedTokens
    from rltf.models.vllm_engine import VllmEngine

Build = Callable[[], tuple[Any, Any]]
"""Makes the model (a ``PreTrainedModel``) and its tokenizer (a ``PreTrainedTokenizerBase``)."""

PROMPT_KEY = "rltf_prompt"
"""Where a saved model's config.json names the prompt format that it was trained with."""


class Policy:
    """What a policy plugin's factory returns. Cheap to make: :meth:`load` makes the model.

    Args:
        name: what the user called it, for messages.
        build: makes model and tokenizer; may draw from torch's global generator, which the trainer
            seeds before it.
        prompt: name of the prompt format, one for supervised steps, sampling and evaluation. A
            model that was saved by :meth:`save` brings its own. ``None``: ``chat`` if the tokenizer
            has a chat template, otherwise the dataset's own.
        training_defaults: options of ``rltf.trainer.config.Config`` that this policy wants other
            than the paper's.
        read_context_length: reads what :attr:`context_length` will be without loading the weights,
            and raises :class:`PolicyError` where they could not be loaded. ``None``: it is only
            known afterwards.
        skeleton: makes the model without its weights, on torch's meta device, for ``--dry-run``;
            ``None``, or one that returns ``None``: its size is only known afterwards.
    """

    def __init__(
        self,
        name: str,
        build: Build,
        prompt: str | None,
        training_defaults: Mapping[str, Any] | None = None,
        *,
        read_context_length: Callable[[], int | None] | None = None,
        skeleton: Callable[[], Any] | None = None,
    ) -> None:
        self.name = name
        self.training_defaults = dict(training_defaults or {})
        self.read_context_length = read_context_length or (lambda: None)
        self.skeleton = skeleton or (lambda: None)
        self._build = build
        self._own_prompt: str | None = None
        self.prompt = prompt or ""
        """Name of the prompt format in use."""
        self.prompt_format: PromptFormat
        self._template: ChatTemplate | None = None
        self.model: Any = None
        self.tokenizer: Any = None
        self.dtype: torch.dtype
        """The type in which the model computes; its weights may have another."""
        self.token_table: list[bytes] = []
        """Bytes of every id that the model can sample; none for special tokens."""
        self.engine: VllmEngine | None = None
        """What generates in place of :mod:`rltf.models.engine`."""

    def load(
        self,
        device: torch.device | str = "cpu",
        *,
        dtype: Dtype = "auto",
        trained: bool = True,
        lora: Lora | None = None,
    ) -> Policy:
        """Make model and tokenizer, on this device; :class:`PolicyError` when that fails.

        Args:
            dtype: The type in which the model computes; see :func:`choose_dtype`.
            trained: Whether the weights will be trained. Such weights are float32 and computed with
                in ``dtype`` by autocast; others are converted to it.
            lora: Adapters to train instead of the weights, which are then converted to ``dtype``.
        """
        import torch
        from transformers.utils import logging

        from rltf.models.fused_attention import fuse_attention

        if not sys.stderr.isatty():
            logging.disable_progress_bar()
        self.model, self.tokenizer = self._build()
        fuse_attention(self.model)
        if self.tokenizer.eos_token_id is None:
            raise PolicyError(
                f"policy {self.name}: its tokenizer has no end-of-text token (eos_token), so that "
                "no program could end; set it in tokenizer_config.json"
            )
        self._own_prompt = getattr(self.model.config, PROMPT_KEY, self.prompt) or None
        self.use_prompt()
        table = token_table(self.tokenizer)
        # Models may have more rows than their tokenizer has tokens (CodeGen: 51200 and 50295).
        self.token_table = table + [b""] * (self.model.config.vocab_size - len(table))
        self.dtype = choose_dtype(dtype, torch.device(device), self.model.dtype)
        self.model.to(device, torch.float32 if trained and lora is None else self.dtype)
        if lora is not None:
            add_adapters(self.name, self.model, lora)
        return self

    def use_prompt(
        self,
        name: str | None = None,
        dataset: Dataset | None = None,
        *,
        chat_template: bool | None = None,
        system: str = "",
    ) -> PromptFormat:
        """Choose the prompt format for the problems of a dataset, and return it.

        Args:
            name: name of the format; ``None``: the policy's own or, if it has none, ``chat`` for a
                tokenizer with a chat template and the dataset's own format for any other.
            chat_template: whether prompts are put into the tokenizer's chat template; ``None``:
                those of a format for chat models are, if there is a template.
            system: text of the system message; empty: what the template has without one.

        Raises :class:`PolicyError` for ``chat_template`` or ``system`` without a template, and
        :class:`rltf.manager.PluginError` for an unknown format.
        """
        has_template = bool(self.tokenizer.chat_template)
        if chat_template and not has_template:
            raise PolicyError(f"policy {self.name}: its tokenizer has no chat template")
        is_chat = has_template and chat_template is not False
        self.prompt = name or self._own_prompt or ("chat" if is_chat else prompt_of(dataset))
        self.prompt_format = manager.get("prompt", self.prompt, dataset=dataset)
        if self.prompt_format.answer_prefix and self.model.config.is_encoder_decoder:
            wrong = f"prompt {self.prompt} begins the answer; an encoder-decoder model cannot go on"
            raise PolicyError(f"policy {self.name}: {wrong}: use another prompt, such as task")
        applies = is_chat and (self.prompt_format.chat or chat_template is True)
        if system and not applies:
            raise PolicyError(
                f"policy {self.name}: a system text needs a chat template and a prompt format for "
                f"chat models; prompt {self.prompt} is used without a template"
            )
        self._template = ChatTemplate(self.tokenizer, system) if applies else None
        return self.prompt_format

    @property
    def end_ids(self) -> tuple[int, ...]:
        """The ids that end a program, :attr:`end_id` first.

        A chat model may end its turn with another token than the one that ends a text.
        """
        settings = getattr(self.model, "generation_config", None)
        more = getattr(settings, "eos_token_id", None)
        listed = more if isinstance(more, list | tuple) else [more]
        ids = (self.end_id, *(int(i) for i in listed if i is not None))
        return tuple(dict.fromkeys(i for i in ids if i < len(self.token_table)))

    @property
    def end_id(self) -> int:
        """The id that ends a program in supervised steps."""
        return int(self.tokenizer.eos_token_id)

    @property
    def context_length(self) -> int | None:
        """Most ids that prompt and program may have together; ``None``: no fixed limit."""
        if self.model.config.is_encoder_decoder:
            return None
        return getattr(self.model.config, "max_position_embeddings", None)

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Arithmetic in :attr:`dtype`, over weights that stay in their own precision."""
        import torch

        if self.model.dtype == self.dtype:
            return contextlib.nullcontext()
        return torch.autocast(self.model.device.type, dtype=self.dtype)

    def encode_prompt(self, problem: Problem, max_tokens: int) -> tuple[int, ...]:
        """(P,) ids of the problem's prompt, P <= max_tokens.

        A prompt that is too long loses the end of its question, never what stands behind it.
        Raises :class:`PromptLengthError` if the rest is too long as well.
        """
        ids = self.prompt_ids(self.prompt_format(problem))
        if len(ids) <= max_tokens:
            return tuple(ids)
        question = self.tokenizer(problem.prompt, add_special_tokens=False)["input_ids"]
        while len(ids) > max_tokens and question:
            question = question[: max(0, len(question) - (len(ids) - max_tokens))]
            shorter = self.tokenizer.decode(question, clean_up_tokenization_spaces=False)
            ids = self.prompt_ids(self.prompt_format(replace(problem, prompt=shorter)))
        if len(ids) > max_tokens:
            raise PromptLengthError(
                f"problem {problem.task_id}: its prompt has {len(ids)} tokens without the "
                f"question, more than max_prompt_tokens={max_tokens}; raise that",
                len(ids),
            )
        return tuple(ids)

    def render(self, prompt: str) -> str:
        """Return a prompt as the model reads it: in the chat template, if one is in use."""
        asks = self.prompt_format
        if self._template is None:
            return asks.untemplated(prompt)
        return self._template.apply(prompt, asks.examples) + asks.answer_start(prompt)

    def prompt_ids(self, prompt: str) -> list[int]:
        """Return the (P,) ids of a prompt."""
        # a chat template contains the special tokens already
        read = self.tokenizer(self.render(prompt), add_special_tokens=self._template is None)
        return list(read["input_ids"])

    def answer(self, program: str) -> str:
        """Return a program as the prompt asks for it: in a block, or as it is."""
        begun = self.prompt_format.answer_prefix
        if not begun and (self._template is None or self.prompt != "chat"):
            return program
        return f"{'' if begun else BLOCK_START}{program.rstrip()}{BLOCK_END}"

    def encode_target(self, program: str, max_tokens: int | None = None) -> tuple[int, ...]:
        """(T,) ids that a supervised step teaches, the end id included, T <= max_tokens.

        An encoder-decoder model is taught the special tokens that its tokenizer puts around any
        text, as in its pre-training; a decoder-only one continues the prompt.
        """
        with_special = bool(self.model.config.is_encoder_decoder)
        ids: list[int] = self.tokenizer(program, add_special_tokens=with_special)["input_ids"]
        if not ids or ids[-1] != self.end_id:
            ids = [*ids, self.end_id]
        return tuple(ids[:max_tokens])

    def text(self, ids: Sequence[int]) -> str:
        """Return the text that ids spell, byte by byte; special tokens spell nothing."""
        return b"".join(self.token_table[i] for i in ids).decode("utf-8", "replace")

    def sample(
        self,
        problem: Problem,
        prompt_ids: tuple[int, ...],
        completion: GeneratedTokens,
        *,
        index: int,
        policy_step: int,
    ) -> Sample:
        """Return a completion of this problem's prompt as a sample."""
        text = self.text(completion.ids)
        # SentencePiece writes a space before the first word, which its own decoder leaves out.
        first = next((i for i in completion.ids if self.token_table[i]), self.end_id)
        drop = text.startswith(" ") and not self.tokenizer.decode([first]).startswith(" ")
        written, was_cut = cut(text[drop:], self.prompt_format.stops)
        program = self.prompt_format.program(problem, written)
        return Sample(
            task_id=problem.task_id,
            program=program,
            text=text,
            shift=self._place(problem, program, written) - drop,
            token_ids=completion.ids,
            prompt_ids=prompt_ids,
            index=index,
            policy_step=policy_step,
            truncated=completion.truncated and not was_cut,
            log_probs=completion.log_probs,
        )

    def _place(self, problem: Problem, program: str, written: str) -> int:
        """Return the index in a program of the first character that the policy wrote."""
        start = place(program, written, problem.entry_point)
        if start is None:
            raise PolicyError(
                f"policy {self.name}: prompt format {self.prompt} makes programs that neither hold "
                "what was sampled nor lie in it, so that rewards cannot find its tokens"
            )
        return start

    def save(self, folder: Path) -> None:
        """Write model and tokenizer in the hub's format; ``hf:FOLDER`` loads it.

        Adapters are added to the weights, and also kept in ``adapter``.
        """
        setattr(self.model.config, PROMPT_KEY, self.prompt)
        if has_adapters(self.model):
            save_with_adapters(self.model, folder)
        else:
            self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        *,
        seed: int | Sequence[int],
        batch_size: int,
        stops: Sequence[str] = (),
        begun: Sequence[Sequence[int]] | None = None,
    ) -> Iterator[list[tuple[int, GeneratedTokens]]]:
        """See :func:`rltf.models.generation.generate`."""
        if self.engine is not None and begun is None:
            return self.engine.generate(prompts, sampling, seed=seed, stops=stops)
        from rltf.models.own_generation import generate

        return generate(
            self, prompts, sampling, seed=seed, batch_size=batch_size, stops=stops, begun=begun
        )

    def log_probs(
        self, prompts: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> tuple[Tensor, Tensor]:
        """See :func:`rltf.models.likelihood.token_log_probs`."""
        from rltf.models.likelihood import token_log_probs

        with self.autocast():
            return token_log_probs(self.model, prompts, targets)
