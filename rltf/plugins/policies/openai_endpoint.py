"""An OpenAI-compatible HTTP endpoint: its address and key, requests, retries and errors.

This module knows nothing about prompts, sampling or stop strings. It sends a request body and
returns the text in the response. ``PluginError`` means that the request or the environment is
wrong; ``EndpointError`` means that the endpoint failed. No message contains the key.
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
from typing import Any, TypeVar
from urllib.parse import urlsplit

from rltf.errors import PluginError

_log = logging.getLogger(__name__)

OPENAI = "https://api.openai.com/v1"
ATTEMPTS = 7
"""The waits between them start at 1 s and double, so they add up to about a minute."""
TIMEOUT_S = 180.0
MAX_WAIT_S = 60.0
"""Longest wait between two attempts."""
_CHUNK = 1 << 16

E = TypeVar("E", bound=Exception)


class EndpointError(OSError):
    """An endpoint failed; the message says which one and how."""


class _TransientError(EndpointError):
    """A failure that may not happen again."""

    wait_s = 0.0
    """Seconds that the endpoint asks the client to wait."""


class Endpoint:
    """An endpoint for chat or for completions.

    Args:
        policy: Name of the policy, for messages.
        is_chat: Whether to use the chat endpoint instead of the completions endpoint.
        attempts: Maximum number of times to send a request.
        timeout_s: Time limit for each read and for a whole response, in seconds.
        first_wait_s: Seconds before the second attempt; later waits double.
    """

    def __init__(
        self,
        policy: str,
        *,
        is_chat: bool,
        attempts: int,
        timeout_s: float,
        first_wait_s: float,
    ) -> None:
        self._policy = policy
        self._is_chat = is_chat
        self.url = self._read_url()
        self._key = self._read_key()
        self._attempts = attempts
        self._timeout_s = timeout_s
        self._first_wait_s = first_wait_s
        self._opener = urllib.request.build_opener(_NoRedirects)

    def complete(self, body: dict[str, Any], stopped: threading.Event) -> tuple[str | None, object]:
        """Return the model's text, if any, and the finish reason.

        Retries transient failures until ``stopped`` is set.
        """
        data = json.dumps(body).encode()
        wait_s = self._first_wait_s
        for attempt in range(1, self._attempts):
            try:
                return self._parse(self._post(data))
            except _TransientError as error:
                next_wait_s = min(max(wait_s, error.wait_s), MAX_WAIT_S)
                _log.warning(
                    "%s; retrying in %g s (attempt %d of %d)",
                    error,
                    next_wait_s,
                    attempt + 1,
                    self._attempts,
                )
                if stopped.wait(next_wait_s):
                    raise
                wait_s *= 2
        try:
            return self._parse(self._post(data))
        except _TransientError as error:
            attempts = "1 attempt" if self._attempts == 1 else f"{self._attempts} attempts"
            raise EndpointError(f"{error} ({attempts})") from None

    def _post(self, data: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self.url, data, headers)
        deadline = time.monotonic() + self._timeout_s
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                content = b""
                while chunk := response.read1(_CHUNK):
                    content += chunk
                    if time.monotonic() > deadline:
                        raise TimeoutError
                # read1 does not raise if the connection closes early.
                if response.length:
                    raise http.client.IncompleteRead(content, response.length)
                return content
        except urllib.error.HTTPError as error:
            raise self._status_error(error) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise self._error(
                    EndpointError, f"no whole answer within {self._timeout_s:g} seconds"
                ) from None
            raise self._error(_TransientError, f"{type(reason).__name__}: {reason}") from None

    def _status_error(self, error: urllib.error.HTTPError) -> Exception:
        """Return the exception for an HTTP status other than 200."""
        with error:
            try:
                detail = _error_message(error.read(_CHUNK))
            except (OSError, http.client.HTTPException):
                detail = ""
        problem = f"HTTP {error.code} {error.reason}{detail}"
        if error.code in (408, 429) or error.code >= 500:
            transient = self._error(_TransientError, problem)
            retry_after = str(error.headers.get("Retry-After", ""))
            if retry_after.isascii() and retry_after.isdigit():
                transient.wait_s = float(retry_after)
            return transient
        hint = {
            401: "; OPENAI_API_KEY must hold a key of this endpoint",
            404: "; is OPENAI_BASE_URL right, and does the endpoint have this model?",
        }.get(error.code, "")
        return self._error(PluginError, problem + hint)

    def _parse(self, content: bytes) -> tuple[str | None, object]:
        """Return the model's text, if any, and the finish reason."""
        try:
            choice = json.loads(content)["choices"][0]
            message = choice["message"] if self._is_chat else choice
            text = message["content" if self._is_chat else "text"]
            refusal = message.get("refusal")
            reason = choice.get("finish_reason")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise self._error(
                _TransientError, f"HTTP 200, but no completion in the answer: {content[:80]!r}"
            ) from None
        if text is None and isinstance(refusal, str):
            text = refusal
        if not isinstance(text, str | None):
            raise self._error(
                _TransientError, f"HTTP 200, but a {type(text).__name__} where text should be"
            )
        return text, reason

    def _error(self, error_type: type[E], problem: str) -> E:
        message = " ".join(f"policy {self._policy}: {self.url}: {problem}".split())
        return error_type(message.replace(self._key, "***") if self._key else message)

    def _read_url(self) -> str:
        base = os.environ.get("OPENAI_BASE_URL", "").strip() or OPENAI
        try:
            parts = urlsplit(base)
            is_http = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            is_valid = is_http and not (parts.username or parts.password or parts.query)
        except ValueError:
            is_valid = False
        if not is_valid:
            raise PluginError(
                f"policy {self._policy}: OPENAI_BASE_URL must be like http://localhost:8000/v1, "
                "without a user, a key or a query in it"
            )
        return f"{base.rstrip('/')}/{'chat/completions' if self._is_chat else 'completions'}"

    def _read_key(self) -> str:
        key = os.environ.get("OPENAI_API_KEY", "").strip()
        if not (key.isascii() and key.isprintable()):
            raise PluginError(f"policy {self._policy}: OPENAI_API_KEY must be one line of ASCII")
        if not key and self.url.startswith(OPENAI):
            raise PluginError(
                f"policy {self._policy}, for rltf bench only: set OPENAI_API_KEY for {OPENAI}, or "
                "OPENAI_BASE_URL for another server"
            )
        return key


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: they would send the key to a server that the user did not name."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _error_message(content: bytes) -> str:
    """Return the message in an error response of OpenAI's format, or an empty string."""
    try:
        return f": {str(json.loads(content)['error']['message'])[:200]}"
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
