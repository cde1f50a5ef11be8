"""The writer against a server of the test's own: nothing leaves this machine."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rltf import manager
from rltf.cli import main
from rltf.manager import PluginError
from rltf.models.writer import Completion, Request
from rltf.plugins.policies.openai import PARALLEL, OpenAIWriter
from rltf.plugins.policies.openai_endpoint import ATTEMPTS, Endpoint, EndpointError
from rltf.sampling_options import Sampling

KEY = "sk-secret-4711"
SAMPLING = Sampling(temperature=0.3, top_p=0.9, max_new_tokens=32)
Answer = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


class Server(ThreadingHTTPServer):
    """Keeps what it was asked; answers with what the test gives it."""

    daemon_threads = True
    answer: Answer

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.headers.append(dict(self.headers))
        self.server.paths.append(self.path)
        self.server.answer(self, body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1/")
        monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
        yield server
        server.shutdown()
        thread.join()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def says(text: str | None, reason: str = "stop", **message: object) -> Answer:
    """An endpoint that writes this text, whichever way it is asked."""

    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        choice = {"text": text, "message": {"content": text} | message, "finish_reason": reason}
        reply(handler, 200, json.dumps({"choices": [choice]}).encode())

    return answer


def fails(status: int, body: bytes = b"", times: int | None = None, **headers: str) -> Answer:
    """An endpoint that fails, the first ``times`` times."""
    left = iter(range(times if times is not None else 1 << 30))

    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        if next(left, None) is None:
            says("fine")(handler, asked)
        else:
            reply(handler, status, body, **headers)

    return answer


def one(model: str = "m", stops: tuple[str, ...] = (), **options: float) -> Completion:
    writer = OpenAIWriter(model, **({"first_wait_s": 0.001} | options))
    [[(index, completion)]] = writer.write([Request("Write it.", 7)], SAMPLING, stops)
    assert index == 0
    return completion


def test_chat_is_asked_with_everything_that_was_set(server: Server) -> None:
    server.answer = says("def f(): pass\n")
    assert one(stops=("\nclass",)) == Completion("def f(): pass\n", truncated=False)
    assert server.paths == ["/v1/chat/completions"]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert server.asked == [
        {
            "model": "m",
            "temperature": 0.3,
            "top_p": 0.9,
            "max_tokens": 32,
            "seed": 7,
            "stop": ["\nclass"],
            "messages": [{"role": "user", "content": "Write it."}],
        }
    ]


def test_a_base_model_completes_the_prompt(server: Server) -> None:
    server.answer = says("    return 1\n")
    assert one("org/base@completions").text == "    return 1\n"
    assert server.paths == ["/v1/completions"]
    assert server.asked[0]["model"] == "org/base"
    assert server.asked[0]["prompt"] == "Write it."
    assert "stop" not in server.asked[0]


def test_four_stops_go_over_the_wire_and_all_are_cut_at(server: Server) -> None:
    stops = ("\na", "\nb", "\nc", "\nd", "\ne")
    server.answer = says("x\ny\nez\nq", reason="length")
    assert one(stops=stops) == Completion("x\ny", truncated=False)
    assert server.asked[0]["stop"] == list(stops[:4])


def test_a_seed_fits_every_server(server: Server) -> None:
    server.answer = says("x")
    requests = [Request("p", seed) for seed in (0, 2**31 + 5, 2**63 - 1)]
    list(OpenAIWriter("m").write(requests, SAMPLING, ()))
    assert sorted(asked["seed"] for asked in server.asked) == [0, 5, 2**31 - 1]


def test_a_text_at_the_length_limit_is_truncated(server: Server) -> None:
    server.answer = says("def f(", reason="length")
    assert one() == Completion("def f(", truncated=True)


def test_requests_run_side_by_side_and_each_gets_its_own_answer(server: Server) -> None:
    together = threading.Barrier(PARALLEL)  # breaks the test if fewer are ever under way

    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        together.wait(timeout=10)
        says(body["messages"][0]["content"].upper())(handler, body)

    server.answer = answer
    requests = [Request(f"prompt {n}", n) for n in range(2 * PARALLEL)]
    batches = list(OpenAIWriter("m").write(requests, SAMPLING, ()))
    answers = {index: completion.text for batch in batches for index, completion in batch}
    assert answers == {n: f"PROMPT {n}" for n in range(2 * PARALLEL)}
    assert list(OpenAIWriter("m").write([], SAMPLING, ())) == []


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_failure_that_passes_is_asked_again(server: Server, status: int) -> None:
    server.answer = fails(status, times=2, Retry_After="0")
    assert one().text == "fine"
    assert len(server.asked) == 3


def test_a_wait_that_the_endpoint_asks_for_is_kept(server: Server) -> None:
    class Waits(threading.Event):
        """Passes at once, and keeps how long it should have waited."""

        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float | None] = []

        def wait(self, timeout: float | None = None) -> bool:
            self.seconds.append(timeout)
            return False

    waits = Waits()
    server.answer = fails(429, times=2, Retry_After="7")
    endpoint = Endpoint("test", is_chat=True, attempts=3, timeout_s=60, first_wait_s=4)
    assert endpoint.complete({"seed": 0}, waits)[0] == "fine"
    assert waits.seconds == [7, 8]


def test_a_failure_that_stays_ends_with_status_and_address(server: Server) -> None:
    server.answer = fails(500, json.dumps({"error": {"message": f"out of {KEY}"}}).encode())
    with pytest.raises(EndpointError) as caught:
        one()
    assert str(caught.value) == (
        f"policy openai:m: http://127.0.0.1:{server.server_port}/v1/chat/completions: "
        f"HTTP 500 Internal Server Error: out of *** ({ATTEMPTS} attempts)"
    )
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "HTTP 401 Unauthorized: bad; OPENAI_API_KEY must hold a key"),
        (404, "HTTP 404 Not Found: bad; is OPENAI_BASE_URL right"),
        (400, "HTTP 400 Bad Request: bad$"),
        (302, "HTTP 302 Found: bad$"),
    ],
)
def test_a_wrong_call_is_not_repeated(server: Server, status: int, message: str) -> None:
    server.answer = fails(status, b'{"error": {"message": "bad"}}', Location="http://[::1]:9/")
    with pytest.raises(PluginError, match=message):
        one()
    assert len(server.asked) == 1


GARBAGE = [
    b"",
    b"<html>\xff</html>",
    b"[" * 200_000,
    b"null",
    b'{"choices": []}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": {"content": 3}}]}',
]


@pytest.mark.parametrize("body", GARBAGE, ids=[str(body[:30]) for body in GARBAGE])
def test_garbage_is_an_error_and_never_an_empty_sample(server: Server, body: bytes) -> None:
    server.answer = fails(200, body)
    with pytest.raises(EndpointError, match=r"/v1/chat/completions: HTTP 200, but") as caught:
        one(attempts=2)
    assert "\n" not in str(caught.value)
    assert len(server.asked) == 2


@pytest.mark.parametrize("body", GARBAGE, ids=[str(body[:30]) for body in GARBAGE])
def test_garbage_is_asked_for_again(server: Server, body: bytes) -> None:
    server.answer = fails(200, body, times=2)
    assert one().text == "fine"


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("length", "raise --max-new-tokens"),
        ("content_filter", "the server filtered its answer"),
        ("stop", "finish_reason 'stop'"),
    ],
)
def test_an_answer_without_text_says_why(server: Server, reason: str, hint: str) -> None:
    server.answer = says(None, reason=reason)
    completion = one()
    assert (completion.text, completion.truncated) == ("", reason == "length")
    assert hint in completion.unanswered
    assert len(server.asked) == 1


def test_each_retry_says_why_and_how_long(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = fails(503, b'{"error": {"message": "busy"}}', times=2)
    assert one(attempts=4).text == "fine"
    assert [record.getMessage() for record in caplog.records] == [
        f"policy openai:m: {OpenAIWriter('m').endpoint}: HTTP 503 Service Unavailable: busy; "
        f"retrying in {wait} s (attempt {attempt} of 4)"
        for attempt, wait in ((2, "0.001"), (3, "0.002"))
    ]


def test_only_so_many_requests_are_under_way(server: Server) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        says("x")(handler, body)

    server.answer = answer
    requests = [Request("p", n) for n in range(12)]
    assert len(list(OpenAIWriter("m", parallel=2).write(requests, SAMPLING, ()))) == 12
    assert most <= 2


def test_answers_under_way_are_kept_when_one_request_fails(server: Server) -> None:
    begun = threading.Barrier(3)
    failed = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        if body["seed"] < 3:
            begun.wait(timeout=10)
        if body["seed"] == 1:
            reply(handler, 401, b"")
            failed.set()
        else:
            failed.wait(timeout=10)
            says("paid for")(handler, body)

    server.answer = answer
    requests = [Request("p", n) for n in range(9)]
    kept: list[tuple[int, Completion]] = []

    def write() -> None:
        for batch in OpenAIWriter("m", parallel=3).write(requests, SAMPLING, ()):
            kept.extend(batch)

    with pytest.raises(PluginError, match="401"):
        write()
    assert len(kept) == len(server.asked) - 1 >= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_answers_under_way_are_kept_when_writing_is_stopped(
    server: Server, number: signal.Signals
) -> None:
    begun = threading.Barrier(3)

    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        if body["seed"] < 3 and begun.wait(timeout=10) == 0:
            os.kill(os.getpid(), number)
        says("paid for")(handler, body)

    server.answer = answer
    requests = [Request("p", n) for n in range(9)]
    before = signal.signal(number, signal.default_int_handler)
    kept: list[tuple[int, Completion]] = []

    def write() -> None:
        for batch in OpenAIWriter("m", parallel=3).write(requests, SAMPLING, ()):
            kept.extend(batch)

    try:
        with pytest.raises(KeyboardInterrupt):
            write()
    finally:
        signal.signal(number, before)
    assert len(kept) == len(server.asked) >= 3


PROBLEM = {
    "task_id": "t",
    "prompt": "p",
    "entry_point": "f",
    "tests": [{"args": [], "expected": 1}],
}


def bench(folder: Path, *options: object) -> Any:
    (folder / "problems.jsonl").write_text(json.dumps(PROBLEM) + "\n")
    words = ["bench", "file", "--data", folder / "problems.jsonl", "--policy", "openai:m"]
    call = [*words, "--n", 4, "--k", 1, "--temperature", 0.5, "--out", folder / "out", *options]
    return CliRunner().invoke(main, [str(word) for word in call])


def test_a_benchmark_counts_answers_without_text_as_unscored(
    server: Server, tmp_path: Path
) -> None:
    texts = iter([None, "def f(): return 1", None, "def f(): return 2"])
    server.answer = lambda handler, body: says(next(texts), reason="length")(handler, body)
    done = bench(tmp_path, "--parallel", 1)
    assert done.exit_code == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["statuses"] == {"passed": 1, "unscored": 2, "wrong_answer": 1}
    assert results["pass_at_k"]["1"]["value"] == 0.5
    assert "2 samples are unscored: the model gave no text" in done.stderr
    assert "raise --max-new-tokens" in done.stderr


def test_a_benchmark_takes_the_options_of_a_server(server: Server, tmp_path: Path) -> None:
    server.answer = fails(500)
    done = bench(tmp_path, "--attempts", 1, "--parallel", 1, "--timeout", 5)
    assert done.exit_code == 1
    assert "(1 attempt)" in done.stderr
    assert len(server.asked) == 1


def test_options_of_a_server_are_refused_for_other_policies() -> None:
    done = CliRunner().invoke(main, ["bench", "mini", "--policy", "tiny", "--parallel", "2"])
    assert done.exit_code == 2
    assert "policy tiny asks no server: leave out --parallel" in done.stderr


def test_a_refusal_is_what_the_model_wrote(server: Server) -> None:
    server.answer = says(None, refusal="I will not.")
    assert one().text == "I will not."


def close_in_the_middle(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [{"message": {"content": "de')


def close_in_a_chunk(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"choi')


def close_at_once(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    pass


def not_http(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    handler.wfile.write(b"SSH-2.0-x\r\n")


@pytest.mark.parametrize("end", [close_in_the_middle, close_in_a_chunk, close_at_once, not_http])
def test_an_answer_that_breaks_off_is_asked_for_again(server: Server, end: Answer) -> None:
    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        (end if len(server.asked) == 1 else says("whole"))(handler, body)

    server.answer = answer
    assert one().text == "whole"
    server.answer = end
    with pytest.raises(EndpointError, match=f"{ATTEMPTS} attempts"):
        one()


def test_nobody_there_is_said_after_a_few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as closed:
        port = closed.server_port
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    with pytest.raises(EndpointError, match=f"127.0.0.1:{port}.*refused"):
        one()


@pytest.mark.parametrize("drip", [b"", b" "])
def test_a_server_that_hangs_meets_a_timeout(server: Server, drip: bytes) -> None:
    released = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not released.wait(0.02):
            handler.wfile.write(drip)

    server.answer = answer
    with pytest.raises(EndpointError, match=r"no whole answer within 0\.2 seconds"):
        one(timeout_s=0.2)
    released.set()
    assert len(server.asked) == 1


def test_the_first_failure_ends_the_rest(server: Server) -> None:
    server.answer = fails(401)
    requests = [Request("p", n) for n in range(10 * PARALLEL)]
    with pytest.raises(PluginError):
        list(OpenAIWriter("m").write(requests, SAMPLING, ()))
    assert len(server.asked) < len(requests)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "set OPENAI_API_KEY for https://api.openai.com/v1, or OPENAI_BASE_URL"),
        ({"OPENAI_BASE_URL": "localhost:8000"}, "must be like http://localhost:8000/v1"),
        ({"OPENAI_BASE_URL": f"http://u:{KEY}@h/v1"}, "without a user, a key"),
        ({"OPENAI_BASE_URL": "http://h:99999/v1"}, "must be like"),
        ({"OPENAI_API_KEY": f"{KEY}\nx: y"}, "must be one line of ASCII"),
    ],
)
def test_a_wrong_environment_is_one_line_without_the_key(
    variables: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(PluginError, match=message) as caught:
        manager.get("policy", "openai:m")
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("option", ["parallel", "attempts", "timeout_s"])
def test_an_option_out_of_its_range_is_refused(option: str) -> None:
    message = f"the option '{option}' of policy 'openai:m' must be a .*, not 0"
    with pytest.raises(PluginError, match=message):
        manager.get("policy", "openai:m", **{option: 0})


@pytest.mark.parametrize("name", ["openai", "openai:", "openai:@completions"])
def test_a_model_must_be_named(name: str) -> None:
    with pytest.raises(PluginError, match="say which model: openai:MODEL"):
        manager.get("policy", name)


def test_a_server_of_ones_own_needs_no_key(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    server.answer = says("x")
    assert one().text == "x"
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize("name", ["openai:m", "openai:m@completions"])
def test_it_names_a_prompt_format(name: str, server: Server) -> None:
    manager.get("prompt", manager.get("policy", name).prompt)


def test_rltf_run_says_that_it_cannot_be_trained(server: Server) -> None:
    done = CliRunner().invoke(main, ["run", "--policy", "openai:m"])
    assert done.exit_code == 2
    assert "openai:m only writes samples, for rltf bench; it cannot be trained" in done.stderr
    assert server.asked == []
