"""What a server on a network meets: nonsense, haste, delay and silence."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import socket
from typing import Any

import pytest
import requests

from rltf import Limits
from rltf.serve import connection, endpoint, service

from .conftest import Running, Start

RUN = b'{"code": "print(1)", "language": "python"}'
HEAD = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
ONE = HEAD % len(RUN) + RUN


def answers(running: Running) -> bool:
    """Whether the server still does its work."""
    return bool(running.post("/run_code", RUN).json["run_result"]["stdout"] == "1\n")


def read_all(sock: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while chunk := sock.recv(65536):
            received += chunk
    return received


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "json_invalid"),
        (b"{", "json_invalid"),
        (b"\xff\xfe\x00", "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b'{"code": ' + b"1" * 1_000_000 + b"}", "json_invalid"),
        (b"null", "model_type"),
        (b"{}", "missing"),
        (b'{"code": 1, "language": "python"}', "string_type"),
        (b'{"code": "\\ud800", "language": "python"}', "json_invalid"),
        (b'{"code": "", "language": "cobol"}', "literal_error"),
        (b'{"code": "", "language": "python", "run_timeout": NaN}', "finite_number"),
        (b'{"code": "", "language": "python", "run_timeout": "soon"}', "float_parsing"),
    ],
)
def test_a_body_of_another_form_is_a_422_as_fastapi_words_it(
    running: Running, body: bytes, reason: str
) -> None:
    answer = running.post("/run_code", body)
    assert answer.status == 422
    details = answer.json["detail"]
    assert reason in {detail["type"] for detail in details}
    assert all(detail["loc"][0] == "body" and detail["msg"] for detail in details)


def test_unusual_numbers_are_capped_and_not_refused(start: Start) -> None:
    with start(limits=Limits(cpu_s=0.3)) as running:
        for asked in (1e300, 0, -5):
            request = {"code": "while True: pass", "language": "python", "run_timeout": asked}
            answer = running.post("/run_code", {**request, "memory_limit_MB": 1 << 40})
            assert answer.json["run_result"]["status"] == "TimeLimitExceeded"


def test_too_large_is_refused_before_it_is_sent(running: Running) -> None:
    """A client that waits for leave, as curl does, sends nothing; another one is told as well."""
    with running.connect() as sock:
        sock.sendall(HEAD[:-4] % 100_000_000 + b"\r\nExpect: 100-continue\r\n\r\n")
        assert sock.recv(12) == b"HTTP/1.1 413"
    before = running.metric('rltf_requests_total{path="/run_code",code="413"}')
    answer = requests.post(f"{running.url}/run_code", data=b"x" * 100_000_000)
    assert answer.status_code == 413
    assert "more than 16777216 bytes" in answer.json()["detail"]
    parts = (b"x" * 1_000_000 for _ in range(100))  # of a length that nobody announces
    with contextlib.suppress(requests.ConnectionError):
        assert requests.post(f"{running.url}/run_code", data=parts).status_code == 413
    assert running.metric('rltf_requests_total{path="/run_code",code="413"}') == before + 2
    assert answers(running)


def test_all_bodies_together_have_a_bound(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_BODIES_BYTES", 1000)
    assert running.post("/run_code", RUN + b" " * 1000).status == 504
    assert answers(running)  # and what was refused is not counted any more


@pytest.mark.parametrize(
    "noise",
    [
        b"\0" * 100,
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /run_code HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /run_code HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /health HTTP/1.1\r\nX: " + b"y" * 1_000_000,
        b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 100_000,
        b"POST /run_code HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /run_code HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        + b"X: y\r\n" * 100_000,
    ],
    ids=range(9),
)
def test_what_is_no_request_ends_its_connection(running: Running, noise: bytes) -> None:
    with running.connect() as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(noise)
        assert re.match(rb"HTTP/1.1 4|$", read_all(sock))
    assert answers(running)


def test_silence_at_any_point_ends_in_time(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.3)
    monkeypatch.setattr(endpoint, "BODY_S", 0.3)
    beginnings = [b"", b"POST /run", ONE[:40], ONE[: -len(RUN)], ONE[:-1]]
    with start() as running, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(running.connect()) for _ in beginnings]
        for sock, beginning in zip(silent, beginnings, strict=True):
            sock.sendall(beginning)
        replies = [read_all(sock) for sock in silent]  # each is ended by the server
        assert [reply[:12] for reply in replies] == [b"", b"", b"", *[b"HTTP/1.1 408"] * 2]
        assert answers(running)


def test_a_slow_client_is_served_byte_by_byte_and_holds_nobody_up(running: Running) -> None:
    with running.connect() as sock:
        for at in range(0, len(ONE), 7):
            sock.sendall(ONE[at : at + 7])
            if at % 28 == 0:
                assert answers(running)
        assert b"200 OK" in sock.recv(100)


def test_requests_may_come_ahead_on_one_connection(running: Running) -> None:
    with running.connect() as sock:
        sock.sendall(ONE * 5)
        received = b""
        while received.count(b'"stdout":"1\\n"') < 5:
            chunk = sock.recv(65536)
            assert chunk
            received += chunk
    assert received.count(b"HTTP/1.1 200") == 5


def test_a_trailer_is_no_header(running: Running) -> None:
    chunks = b"%x\r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(RUN), RUN)
    head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with running.connect() as sock:
        sock.sendall(head + chunks)
        assert b"200 OK" in sock.recv(100)


def test_who_goes_away_while_sending_or_waiting_leaves_nothing_behind(running: Running) -> None:
    sleeper = b'{"code": "import time; time.sleep(1000)", "language": "python"}'
    for request, accepted in ((ONE[:-1], 0), (HEAD % len(sleeper) + sleeper, 1)):
        gone = running.metric('rltf_requests_total{path="/run_code",code="499"}')
        with running.connect() as sock:
            sock.sendall(request)
            running.waits_for("rltf_queue_programs", accepted)
        running.waits_for('rltf_requests_total{path="/run_code",code="499"}', gone + 1)
    running.waits_for("rltf_queue_programs", 0)
    assert answers(running)


def test_other_paths_and_methods(running: Running) -> None:
    assert running.get("/nothing").status == 404
    assert running.get("/run_code").status == 405
    assert running.get("/run_code").json == {"detail": "Method Not Allowed"}


def test_a_fault_of_ours_is_a_500_and_frees_its_place(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(service.Service, "run", fail)
        answer = running.post("/run_code", RUN)
    assert answer.status == 500
    assert "ZeroDivisionError" in answer.json["detail"]
    assert running.metric("rltf_queue_programs") == 0
    assert answers(running)


def test_a_token_keeps_others_out(start: Start) -> None:
    basic = base64.b64encode(b"any:secret").decode()
    with start(token="secret") as running:
        for header in ("", "Bearer", "Bearer wrong", "Bearer secre", "Basic c2VjcmV0", "Basic %"):
            answer = running.post("/run_code", RUN, Authorization=header)
            assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
        for path in ("/metrics", "/docs", "/openapi.json", "/v1/ping"):
            assert running.get(path).status == 401
        assert running.get("/health").json == {"status": "healthy"}
        for header in ("Bearer secret", "bearer secret", f"Basic {basic}"):
            assert running.post("/run_code", RUN, Authorization=header).status == 200
        # the clients of other people's stacks know URLs only
        url = running.url.replace("http://", "http://rltf:secret@")
        assert requests.post(f"{url}/run_code", data=RUN).status_code == 200


def test_the_description_is_complete_and_needs_no_network(running: Running) -> None:
    description = running.get("/openapi.json").json
    assert description["openapi"] == "3.1.0"
    for path, operations in description["paths"].items():
        for method in operations:
            answer = running.post(path, b"{}") if method == "post" else running.get(path)
            assert answer.status in (200, 422), path
    text = json.dumps(description)
    defined = set(description["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) == defined
    page = running.get("/docs").body.decode()
    assert all(path in page for path in description["paths"])
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)


def test_metrics_are_in_the_form_of_prometheus(running: Running) -> None:
    running.post("/run_code", RUN)
    text = running.get("/metrics").body.decode()
    line = re.compile(
        r'# (HELP|TYPE) rltf_\w+ .+|rltf_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [-+.\de]+'
    )
    assert all(map(line.fullmatch, text.splitlines()))
    families = re.findall(r"^# TYPE (\S+) (\S+)", text, re.M)
    assert len(families) == len(set(families)) == 7
    assert running.metric('rltf_programs_total{status="passed"}') >= 1
