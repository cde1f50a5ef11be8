"""Get ruff's findings from a running server: well under a millisecond for most programs.

``ruff server`` speaks the Language Server Protocol over its standard input and output. It parses
programs and never runs them. All its settings come from this module. The files in the requests do
not exist, and the server writes nothing.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rltf.errors import PluginError
from rltf.spans import LINE_END

SYNTAX_ERROR = "E999"
"""pycodestyle's code for what ruff reports without a rule."""
STARTING_S = 30.0
ANSWERING_S = 2.0
"""Seconds to wait for an answer before giving up on the server."""
_FOLDER = "file:///rltf-programs"
_COMMENT = re.compile(r"#[^\r\n]*")
_PRAGMA = re.compile(r"(?i)noqa|(?:ruff|flake8)\s*:")
"""The part of a comment that switches findings off."""
_CODE = re.compile(r"(?!ALL$)[A-Z]+[0-9]*")
_REFUSED = re.compile(r"warning: (.*(?:has no effect|has been remapped).*)")
"""ruff's warning about codes that no finding will have."""
_VERSION = f"py{sys.version_info.major}{sys.version_info.minor}"


@dataclass(frozen=True)
class Finding:
    """A part of a program that a rule flags."""

    rule: str
    """Such as ``F821``."""
    start: int
    """First character."""
    end: int
    """One past the last one; at least one character is flagged, unless the program is empty."""


class RuffServer:
    """A ``ruff server`` for some rules, started by the first request. For one thread at a time.

    Args:
        rules: Codes of rules or prefixes of codes, such as ``F821`` and ``E9``.
        settings: Further options of ruff's ``lint`` configuration.
        reward: Name of the reward, for messages.

    Raises :class:`rltf.errors.PluginError` if ruff is not installed or does not know a rule.
    """

    def __init__(
        self, rules: Sequence[str], settings: Mapping[str, Any] | None = None, *, reward: str
    ) -> None:
        self._ruff = _find_ruff(reward)
        known = [rule for rule in rules if rule != SYNTAX_ERROR]
        self._check_rules(known)
        self._configuration = {
            "target-version": _VERSION,
            "lint": {"select": known, "preview": False, **(settings or {})},
        }
        self._process: _Process | None = None
        self._documents = 0

    def findings(self, program: str) -> tuple[Finding, ...] | None:
        """Return the findings in the order of the text, or ``None`` if the program crashes ruff.

        Raises ``RuntimeError`` if ruff does not work at all.
        """
        for _ in range(2):  # the server may have died since the last request
            try:
                return self._ask(program)
            except (OSError, EOFError):
                self.close()
        try:
            self._ask("")
        except (OSError, EOFError) as error:
            self.close()
            raise RuntimeError(f"ruff server does not work: {error}") from error
        return None

    @property
    def pid(self) -> int | None:
        """The server's process; ``None`` while there is none."""
        return None if self._process is None else self._process.pid

    def close(self) -> None:
        """Stop the server. The next request starts another one."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _ask(self, program: str) -> tuple[Finding, ...]:
        if self._process is None:
            self._process = self._start()
        self._documents += 1
        uri = f"{_FOLDER}/{self._documents}.py"
        document = {"uri": uri, "languageId": "python", "version": 1, "text": _readable(program)}
        self._process.notify("textDocument/didOpen", {"textDocument": document})
        report = self._process.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        self._process.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        lines = [0, *(match.end() for match in LINE_END.finditer(program))]
        findings = (_finding(item, lines, len(program)) for item in report["items"])
        return tuple(
            sorted(findings, key=lambda finding: (finding.start, finding.end, finding.rule))
        )

    def _start(self) -> _Process:
        process = _Process([self._ruff, "server", "--isolated"])
        response = process.request(
            "initialize",
            patience_s=STARTING_S,
            params={
                "processId": os.getpid(),
                "capabilities": {
                    "general": {"positionEncodings": ["utf-32"]},
                    "textDocument": {"diagnostic": {}},
                },
                "workspaceFolders": [{"uri": _FOLDER, "name": "programs"}],
                "initializationOptions": {
                    "settings": {
                        "configurationPreference": "editorOnly",
                        "configuration": self._configuration,
                        "logLevel": "error",
                    }
                },
            },
        )
        if response["capabilities"].get("positionEncoding") != "utf-32":
            process.close()
            raise RuntimeError("this ruff cannot count in characters; pip install 'ruff>=0.9'")
        process.notify("initialized", {})
        return process

    def _check_rules(self, rules: Sequence[str]) -> None:
        """Check the rules with ``ruff check``: the server does not report unknown ones."""
        if not rules:
            return
        for rule in rules:
            if not _CODE.fullmatch(rule):
                raise PluginError(f"{rule!r} is no code of ruff's rules, like F821 or E9")
        command = [self._ruff, "check", "--isolated", "--no-cache", "--exit-zero"]
        command += [f"--select={','.join(rules)}", f"--target-version={_VERSION}", "-"]
        done = subprocess.run(command, input="", capture_output=True, text=True, env=_environment())
        complaints = [done.stderr] if done.returncode else _REFUSED.findall(done.stderr)
        if complaints:
            reason = " ".join(" ".join(complaints).split())
            raise PluginError(f"ruff does not take the rules {' '.join(rules)}: {reason}")


class _Process:
    """A server and the messages to and from it.

    Every call raises ``OSError`` or ``EOFError`` if the server is gone, too slow, or sends
    nonsense.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=_environment(),
            start_new_session=True,  # Ctrl-C must not stop the server; it ends with its input
        )
        self.pid = self._popen.pid
        self._readable, self._writable = selectors.DefaultSelector(), selectors.DefaultSelector()
        self._readable.register(self._output, selectors.EVENT_READ)
        self._writable.register(self._input, selectors.EVENT_WRITE)
        os.set_blocking(self._input, False)  # a server that does not read must not block us
        self._unread = bytearray()
        self._requests = 0
        self.close = weakref.finalize(self, _end, self._popen, self._readable, self._writable)

    @property
    def _input(self) -> int:
        assert self._popen.stdin is not None
        return self._popen.stdin.fileno()

    @property
    def _output(self) -> int:
        assert self._popen.stdout is not None
        return self._popen.stdout.fileno()

    def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params}, time.monotonic() + ANSWERING_S)

    def request(
        self, method: str, params: Mapping[str, Any], patience_s: float = ANSWERING_S
    ) -> Any:
        """Send a request and return its result."""
        self._requests += 1
        deadline = time.monotonic() + patience_s
        self._send({"id": self._requests, "method": method, "params": params}, deadline)
        while True:
            message = self._receive(deadline)
            if message.get("id") == self._requests and "method" not in message:
                if "error" in message:
                    raise OSError(f"{method}: {message['error'].get('message')}")
                return message["result"]

    def _send(self, message: Mapping[str, Any], deadline: float) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        data = memoryview(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        while data:
            _wait(self._writable, deadline)
            data = data[os.write(self._input, data) :]

    def _receive(self, deadline: float) -> dict[str, Any]:
        head = self._read_until(b"\r\n\r\n", deadline)
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if length is None:
            raise OSError("a message without its length")
        body = self._read(int(length[1]), deadline)
        message = json.loads(body)
        return message if isinstance(message, dict) else {}

    def _read_until(self, end: bytes, deadline: float) -> bytes:
        while (position := self._unread.find(end)) < 0:
            self._fill(deadline)
        return self._read(position + len(end), deadline)

    def _read(self, count: int, deadline: float) -> bytes:
        while len(self._unread) < count:
            self._fill(deadline)
        data = bytes(self._unread[:count])
        del self._unread[:count]
        return data

    def _fill(self, deadline: float) -> None:
        _wait(self._readable, deadline)
        data = os.read(self._output, 1 << 16)
        if not data:
            raise EOFError("the server ended")
        self._unread += data


def _wait(selector: selectors.BaseSelector, deadline: float) -> None:
    if not selector.select(max(0.0, deadline - time.monotonic())):
        raise TimeoutError("it does not answer in time")


def _end(process: subprocess.Popen[bytes], *selectors_to_close: selectors.BaseSelector) -> None:
    process.kill()
    process.wait()
    for selector in selectors_to_close:
        selector.close()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _environment() -> dict[str, str]:
    """Return the environment without ruff's variables, one of which names an output file."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RUFF_")}


def _find_ruff(reward: str) -> str:
    try:
        from ruff.__main__ import find_ruff_bin

        return str(find_ruff_bin())
    except (ImportError, FileNotFoundError):
        raise PluginError(
            f"reward {reward!r} needs ruff: pip install 'rltf[static]' (or pip install 'ruff>=0.9')"
        ) from None


def _readable(program: str) -> str:
    """Return the program in UTF-8, with the same offsets, but no comments that silence ruff."""
    text = program.encode("utf-8", "replace").decode()
    return _COMMENT.sub(lambda comment: _PRAGMA.sub(_dashes, comment[0]), text)


def _dashes(match: re.Match[str]) -> str:
    return "-" * len(match[0])


def _finding(item: Mapping[str, Any], lines: Sequence[int], length: int) -> Finding:
    """Convert a diagnostic of the protocol, whose lines and characters count from 0."""

    def offset(position: Mapping[str, int]) -> int:
        line = position["line"]
        first = lines[line] if line < len(lines) else length
        return min(first + position["character"], length)

    start, end = offset(item["range"]["start"]), offset(item["range"]["end"])
    if start >= end:  # something is missing: flag one character
        start, end = max(0, min(start, length - 1)), min(max(0, start) + 1, length)
    code = item.get("code")
    rule = code if isinstance(code, str) and _CODE.fullmatch(code) else SYNTAX_ERROR
    return Finding(rule, start, end)
