"""The chat template of a tokenizer: it turns messages into the text that a chat model reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ChatTemplate:
    """A tokenizer's template, with the system message of all prompts."""

    tokenizer: Any
    system: str = ""
    """Text of the system message; empty: what the template has without one."""

    def apply(self, prompt: str, examples: Iterable[tuple[str, str]] = ()) -> str:
        """Return the text that asks a model for its answer to a user message.

        Args:
            prompt: The message.
            examples: Earlier messages of the user, with their answers.
        """
        messages = [{"role": "system", "content": self.system}] if self.system else []
        for question, answer in examples:
            messages.append({"role": "user", "content": question})
            messages.append({"role": "assistant", "content": answer})
        messages.append({"role": "user", "content": prompt})
        text: str = self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
        return text
