"""The routes of a server, as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from rltf.serve import documentation, open_instruct, openrlhf, sandboxfusion, score, submit
from rltf.serve.endpoint import EndpointApp
from rltf.serve.refusal import Refusal
from rltf.serve.service import Service
from rltf.serve.token import TokenGuard

ENDPOINTS = (
    *score.ENDPOINTS,
    *sandboxfusion.ENDPOINTS,
    *submit.ENDPOINTS,
    *open_instruct.ENDPOINTS,
    *openrlhf.ENDPOINTS,
)
GETS = {
    "/health": "Whether the server is up.",
    "/metrics": "Counters, for Prometheus.",
    "/v1/ping": "SandboxFusion's sign of life.",
    "/list_datasets": "SandboxFusion's list of its data sets: there are none here.",
    "/docs": "A page that describes the API.",
    "/openapi.json": "The description of the API.",
}


def make_app(service: Service) -> ASGIApp:
    """Return the application that answers for a service."""
    description = documentation.openapi(ENDPOINTS, GETS)
    page = documentation.page(description)
    answers: dict[str, Callable[[], Response]] = {
        "/health": lambda: JSONResponse({"status": "healthy"}),
        "/metrics": lambda: PlainTextResponse(
            service.metrics.text(service.gauges()), media_type="text/plain; version=0.0.4"
        ),
        "/v1/ping": lambda: JSONResponse("pong"),
        "/list_datasets": lambda: JSONResponse([]),
        "/docs": lambda: HTMLResponse(page),
        "/openapi.json": lambda: JSONResponse(description),
    }
    routes = [
        *(Route(end.path, EndpointApp(end, service), methods=["POST"]) for end in ENDPOINTS),
        *(Route(path, _get(answers[path]), methods=["GET"]) for path in GETS),
        *(Route(path, _get(_no_data_sets), methods=["POST"]) for path in submit.NEED_DATA_SETS),
    ]
    handlers = {HTTPException: _refuse, Exception: _fail}
    app: ASGIApp = Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]
    token = service.options.token
    return app if token is None else TokenGuard(app, token)


def _get(answer: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(_: Request) -> Response:
        return answer()

    return respond


def _no_data_sets() -> Response:
    return Refusal(400, submit.NO_DATA_SETS).response()


async def _refuse(_: Request, error: HTTPException) -> Response:
    return Refusal(error.status_code, error.detail, error.headers or {}).response()


async def _fail(_: Request, error: Exception) -> Response:
    return Refusal(500, f"{type(error).__name__}: a fault of rltf; its log says more").response()
