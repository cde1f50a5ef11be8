"""Policy ``openai:MODEL``: a model behind an OpenAI-compatible endpoint, for ``rltf bench`` only.

    OPENAI_BASE_URL   such as http://localhost:8000/v1; the default is OpenAI's own
    OPENAI_API_KEY    sent as the bearer token; your own server may not need one

``openai:MODEL`` uses the chat endpoint and sends the prompt as a single user message.
``openai:MODEL@completions`` uses the completions endpoint, which base models need.

A wrong call or environment raises ``PluginError``, and a failure of the endpoint raises an
``OSError``. A failed request never becomes an empty sample; an answer without text becomes an
unscored one. If writing stops early, the writer still waits for the pending answers: they are paid
for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from rltf.common.stop_signals import StopSignals
from rltf.errors import PluginError
from rltf.hookspecs import Register, hookimpl
from rltf.models.writer import Completion, Request
from rltf.plugins.policies.openai_endpoint import ATTEMPTS, TIMEOUT_S, Endpoint
from rltf.prompt import cut
from rltf.sampling_options import Sampling

_log = logging.getLogger(__name__)

COMPLETIONS = "@completions"
PARALLEL = 8
MAX_SENT_STOPS = 4
"""Stop strings that the API accepts. The writer itself cuts at all of them."""
SEEDS = 1 << 31
"""Seeds are sent as 31 bits, which every server accepts."""

_Result = tuple[int, Completion | Exception]
"""Index of a request, and its completion or error."""


class OpenAIWriter:
    """Writes completions by asking an endpoint. See :class:`rltf.models.writer.Writer`.

    Args:
        model: Name of the model at the endpoint; ``@completions`` selects that endpoint.
        parallel: Maximum number of concurrent requests.
        attempts: Maximum number of times to send a request.
        timeout_s: Time limit for each read and for a whole response, in seconds.
        first_wait_s: Seconds before the second attempt; later waits double.
    """

    def __init__(
        self,
        model: str = "",
        *,
        parallel: int = PARALLEL,
        attempts: int = ATTEMPTS,
        timeout_s: float = TIMEOUT_S,
        first_wait_s: float = 1.0,
    ) -> None:
        self.name = f"openai:{model}"
        self._model = model.removesuffix(COMPLETIONS)
        self._is_chat = self._model == model
        if not self._model:
            raise PluginError("policy openai: say which model: openai:MODEL")
        self.prompt = "evalplus-chat" if self._is_chat else "evalplus"
        """Name of the default prompt format."""
        self._endpoint = Endpoint(
            self.name,
            is_chat=self._is_chat,
            attempts=attempts,
            timeout_s=timeout_s,
            first_wait_s=first_wait_s,
        )
        self.endpoint = self._endpoint.url
        """The endpoint's URL: another endpoint may serve another model under the same name."""
        self._parallel = parallel

    def write(
        self, requests: Sequence[Request], sampling: Sampling, stops: Sequence[str]
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Yield each completion as it arrives.

        The first failure, or a signal to stop, cancels the requests that are not sent yet. The
        pending answers are yielded before the failure is raised.
        """
        unsent: SimpleQueue[int] = SimpleQueue()
        for index in range(len(requests)):
            unsent.put(index)
        results: SimpleQueue[_Result | None] = SimpleQueue()
        stopped = threading.Event()

        def work() -> None:
            while not stopped.is_set():
                try:
                    index = unsent.get_nowait()
                except Empty:
                    return
                try:
                    results.put((index, self._complete(requests[index], sampling, stops, stopped)))
                except Exception as error:
                    stopped.set()
                    results.put((index, error))

        # Daemon threads: after a second signal the process does not wait for them.
        for _ in range(min(self._parallel, len(requests))):
            threading.Thread(target=work, name="rltf-openai", daemon=True).start()
        failure: Exception | None = None
        missing = len(requests)
        with StopSignals(lambda: results.put(None)) as signals:
            try:
                while missing and (result := results.get()) is not None:
                    missing -= 1
                    index, outcome = result
                    if isinstance(outcome, Exception):
                        failure = outcome
                        break
                    yield [(index, outcome)]
            finally:
                stopped.set()
            yield from _pending(missing - _drain(unsent), results)
            signals.raise_received()
        if failure is not None:
            raise failure

    def _complete(
        self,
        request: Request,
        sampling: Sampling,
        stops: Sequence[str],
        stopped: threading.Event,
    ) -> Completion:
        body: dict[str, Any] = {
            "model": self._model,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "seed": request.seed % SEEDS,
        }
        if stops:
            body["stop"] = list(stops[:MAX_SENT_STOPS])
        if self._is_chat:
            body["messages"] = [{"role": "user", "content": request.prompt}]
        else:
            body["prompt"] = request.prompt
        text, reason = self._endpoint.complete(body, stopped)
        if text is None:
            return Completion("", reason == "length", unanswered=_unanswered(reason))
        program, was_cut = cut(text, stops)
        return Completion(program, truncated=reason == "length" and not was_cut)


def _drain(unsent: SimpleQueue[int]) -> int:
    """Remove the requests that are not sent yet, and return their number."""
    count = 0
    while True:
        try:
            unsent.get_nowait()
        except Empty:
            return count
        count += 1


def _pending(
    count: int, results: SimpleQueue[_Result | None]
) -> Iterator[list[tuple[int, Completion]]]:
    """Yield the completions among the answers that were pending when writing stopped."""
    if count:
        _log.warning("waiting for %d answers that are under way; Ctrl-C gives them up", count)
    while count:
        if (result := results.get()) is None:
            continue
        count -= 1
        index, outcome = result
        if not isinstance(outcome, Exception):
            yield [(index, outcome)]


def _unanswered(reason: object) -> str:
    """Explain why there is no text, and what to do about it."""
    hints = {
        "length": "it came to its length limit before it answered: raise --max-new-tokens",
        "content_filter": "the server filtered its answer",
        "tool_calls": "it called a tool: serve it without any",
    }
    hint = hints.get(str(reason), f"finish_reason {reason!r:.40}")
    return f"the model gave no text ({hint})"


@hookimpl
def rltf_register_policies(register: Register) -> None:
    register("openai", OpenAIWriter)
