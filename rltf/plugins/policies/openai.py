"""Policy ``openai:MODEL``: a model behind an OpenAI-compatible endpoint, for ``rltf bench`` only.

    OPENAI_BASE_URL   such as http://localhost:8000/v1; OpenAI's own where it is not set
    OPENAI_API_KEY    sent as the bearer token; a server of one's own may need none

``openai:MODEL`` asks the chat endpoint, the prompt being one message of the user.
``openai:MODEL@completions`` asks for a completion of the prompt, as base models want it.

What cannot be had raises: ``PluginError`` where the call or the environment is wrong, an ``OSError``
where the endpoint failed. No request that failed becomes an empty sample; an answer without text becomes
one that is unscored. When writing stops early, answers under way are waited for: they are paid for.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeVar
from urllib.parse import urlsplit

from rltf.common.stop_signals import StopSignals
from rltf.errors import PluginError
from rltf.hookspecs import Register, hookimpl
from rltf.models.writer import Completion, Request
from rltf.prompt import cut
from rltf.sampling_options import Sampling

_log = logging.getLogger(__name__)

OPENAI = "https://api.openai.com/v1"
COMPLETIONS = "@completions"
PARALLEL = 8
ATTEMPTS = 7
"""With a wait that doubles from 1 s, a minute goes by."""
TIMEOUT_S = 180.0
LONGEST_WAIT_S = 60.0
WIRE_STOPS = 4
"""Stop strings that the API takes; all of them are looked for here."""
SEEDS = 1 << 31
"""Seeds go over the wire as 31 bits, which every server reads."""
_CHUNK = 1 << 16


_Answer = tuple[int, Completion | Exception]
"""Index of a request, and what came of it."""
E = TypeVar("E", bound=Exception)


class EndpointError(OSError):
    """An endpoint failed; the message says which and how."""


class _Passing(EndpointError):
    """A failure that may not come again."""

    wait_s = 0.0
    """What the endpoint asks to wait."""


class OpenAIWriter:
    """Writes completions by asking an endpoint. See :class:`rltf.models.writer.Writer`.

    Args:
        model: its name at the endpoint, with ``@completions`` for that endpoint.
        parallel: requests under way at a time.
        attempts: times that a request is sent before it has failed.
        timeout_s: seconds without a byte, or for a whole answer, after which a request has failed.
        first_wait_s: seconds before a request is sent a second time; later waits double.
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
        self._chat = self._model == model
        if not self._model:
            raise PluginError("policy openai: say which model: openai:MODEL")
        self.prompt = "evalplus-chat" if self._chat else "evalplus"
        """Name of the prompt format where none is asked for."""
        self.endpoint = self._read_endpoint()
        """The address that is asked: another one may serve another model of the same name."""
        self._key = self._read_key()
        self._parallel = parallel
        self._attempts = attempts
        self._timeout_s = timeout_s
        self._first_wait_s = first_wait_s
        self._opener = urllib.request.build_opener(_NoRedirects)

    def write(
        self, requests: Sequence[Request], sampling: Sampling, stops: Sequence[str]
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Yields each completion as it comes.

        The first failure, or a signal to stop, ends the rest; the answers under way are yielded
        before it is raised.
        """
        waiting: SimpleQueue[int] = SimpleQueue()
        for index in range(len(requests)):
            waiting.put(index)
        done: SimpleQueue[_Answer | None] = SimpleQueue()
        stopped = threading.Event()

        def work() -> None:
            while not stopped.is_set():
                try:
                    index = waiting.get_nowait()
                except Empty:
                    return
                try:
                    done.put((index, self._complete(requests[index], sampling, stops, stopped)))
                except Exception as error:
                    stopped.set()
                    done.put((index, error))

        # Daemons: after a second signal the process does not wait for them.
        for _ in range(min(self._parallel, len(requests))):
            threading.Thread(target=work, name="rltf-openai", daemon=True).start()
        failure: Exception | None = None
        missing = len(requests)
        with StopSignals(lambda: done.put(None)) as signals:
            try:
                while missing and (answer := done.get()) is not None:
                    missing -= 1
                    index, result = answer
                    if isinstance(result, Exception):
                        failure = result
                        break
                    yield [(index, result)]
            finally:
                stopped.set()
            yield from _under_way(missing - _emptied(waiting), done)
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
            body["stop"] = list(stops[:WIRE_STOPS])
        if self._chat:
            body["messages"] = [{"role": "user", "content": request.prompt}]
        else:
            body["prompt"] = request.prompt
        text, reason = self._ask(json.dumps(body).encode(), stopped)
        if text is None:
            return Completion("", reason == "length", unanswered=_unanswered(reason))
        written, was_cut = cut(text, stops)
        return Completion(written, truncated=reason == "length" and not was_cut)

    def _ask(self, body: bytes, stopped: threading.Event) -> tuple[str | None, object]:
        """The answer to a request, which is sent again while it fails in passing."""
        wait_s = self._first_wait_s
        for attempt in range(1, self._attempts):
            try:
                return self._text(self._post(body))
            except _Passing as error:
                wanted_s = min(max(wait_s, error.wait_s), LONGEST_WAIT_S)
                _log.warning(
                    "%s; retrying in %g s (attempt %d of %d)",
                    error,
                    wanted_s,
                    attempt + 1,
                    self._attempts,
                )
                if stopped.wait(wanted_s):
                    raise
                wait_s *= 2
        try:
            return self._text(self._post(body))
        except _Passing as error:
            tries = "1 attempt" if self._attempts == 1 else f"{self._attempts} attempts"
            raise EndpointError(f"{error} ({tries})") from None

    def _post(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self.endpoint, body, headers)
        deadline = time.monotonic() + self._timeout_s
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                answer = b""
                while chunk := response.read1(_CHUNK):
                    answer += chunk
                    if time.monotonic() > deadline:
                        raise TimeoutError
                # read1 takes an early end for the end.
                if response.length:
                    raise http.client.IncompleteRead(answer, response.length)
                return answer
        except urllib.error.HTTPError as error:
            raise self._status_error(error) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise self._error(
                    EndpointError, f"no whole answer within {self._timeout_s:g} seconds"
                ) from None
            raise self._error(_Passing, f"{type(reason).__name__}: {reason}") from None

    def _status_error(self, error: urllib.error.HTTPError) -> Exception:
        """What a status other than 200 means."""
        with error:
            try:
                said = _message(error.read(_CHUNK))
            except (OSError, http.client.HTTPException):
                said = ""
        what = f"HTTP {error.code} {error.reason}{said}"
        if error.code in (408, 429) or error.code >= 500:
            passing = self._error(_Passing, what)
            asked = str(error.headers.get("Retry-After", ""))
            passing.wait_s = float(asked) if asked.isascii() and asked.isdigit() else 0.0
            return passing
        hint = {
            401: "; OPENAI_API_KEY must hold a key of this endpoint",
            404: "; is OPENAI_BASE_URL right, and does the endpoint have this model?",
        }.get(error.code, "")
        return self._error(PluginError, what + hint)

    def _text(self, answer: bytes) -> tuple[str | None, object]:
        """The text that a model wrote, if any, and why it ended."""
        try:
            choice = json.loads(answer)["choices"][0]
            message = choice["message"] if self._chat else choice
            text = message["content" if self._chat else "text"]
            refusal = message.get("refusal")
            reason = choice.get("finish_reason")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise self._error(
                _Passing, f"HTTP 200, but no completion in the answer: {answer[:80]!r}"
            ) from None
        if text is None and isinstance(refusal, str):
            text = refusal
        if not isinstance(text, str | None):
            raise self._error(
                _Passing, f"HTTP 200, but a {type(text).__name__} where text should be"
            )
        return text, reason

    def _error(self, kind: type[E], what: str) -> E:
        message = " ".join(f"policy {self.name}: {self.endpoint}: {what}".split())
        return kind(message.replace(self._key, "***") if self._key else message)

    def _read_endpoint(self) -> str:
        base = os.environ.get("OPENAI_BASE_URL", "").strip() or OPENAI
        try:
            parts = urlsplit(base)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            bare = usable and not (parts.username or parts.password or parts.query)
        except ValueError:
            bare = False
        if not bare:
            raise PluginError(
                f"policy {self.name}: OPENAI_BASE_URL must be like http://localhost:8000/v1, "
                "without a user, a key or a query in it"
            )
        return f"{base.rstrip('/')}/{'chat/completions' if self._chat else 'completions'}"

    def _read_key(self) -> str:
        key = os.environ.get("OPENAI_API_KEY", "").strip()
        if not (key.isascii() and key.isprintable()):
            raise PluginError(f"policy {self.name}: OPENAI_API_KEY must be one line of ASCII")
        if not key and self.endpoint.startswith(OPENAI):
            raise PluginError(
                f"policy {self.name}, for rltf bench only: set OPENAI_API_KEY for {OPENAI}, or "
                "OPENAI_BASE_URL for another server"
            )
        return key


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the key to a server that nobody named."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _emptied(waiting: SimpleQueue[int]) -> int:
    """Take out what nobody has begun with; how many these are."""
    count = 0
    while True:
        try:
            waiting.get_nowait()
        except Empty:
            return count
        count += 1


def _under_way(
    count: int, done: SimpleQueue[_Answer | None]
) -> Iterator[list[tuple[int, Completion]]]:
    """The completions among the answers that were under way when writing stopped."""
    if count:
        _log.warning("waiting for %d answers that are under way; Ctrl-C gives them up", count)
    while count:
        if (answer := done.get()) is None:
            continue
        count -= 1
        index, result = answer
        if not isinstance(result, Exception):
            yield [(index, result)]


def _unanswered(reason: object) -> str:
    """Why there is no text, and what to do about it."""
    hints = {
        "length": "it came to its length limit before it answered: raise --max-new-tokens",
        "content_filter": "the server filtered its answer",
        "tool_calls": "it called a tool: serve it without any",
    }
    hint = hints.get(str(reason), f"finish_reason {reason!r:.40}")
    return f"the model gave no text ({hint})"


def _message(answer: bytes) -> str:
    """What an endpoint says about an error, if it says it as OpenAI does."""
    try:
        return f": {str(json.loads(answer)['error']['message'])[:200]}"
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""


@hookimpl
def rltf_register_policies(register: Register) -> None:
    register("openai", OpenAIWriter)
