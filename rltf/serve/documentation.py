"""The description of the API: ``/openapi.json``, and ``/docs``, a page that needs no network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from pydantic.json_schema import models_json_schema

import rltf
from rltf.serve.endpoint import Endpoint

_SCHEMAS = "#/components/schemas/{model}"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "pre{background:#f4f4f4;padding:1em;overflow:auto}code{font-size:.9em}"
)


def openapi(endpoints: Sequence[Endpoint], gets: dict[str, str]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description.

    Args:
        endpoints: The routes that take a body.
        gets: The paths of the other routes, to what they return.
    """
    models = {model: None for end in endpoints for model in (end.request, end.answer)}
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=_SCHEMAS
    )
    paths: dict[str, Any] = {
        path: {"get": {"summary": summary, "responses": {"200": {"description": "OK"}}}}
        for path, summary in gets.items()
    }
    for endpoint in endpoints:
        paths[endpoint.path] = {"post": _operation(endpoint)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "rltf serve", "version": rltf.__version__},
        "paths": paths,
        "components": {"schemas": definitions["$defs"]},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    busy = str(endpoint.dialect.busy_status)
    return {
        "summary": endpoint.summary,
        "tags": [endpoint.dialect.name],
        "requestBody": {"required": True, "content": _content(endpoint.request)},
        "responses": {
            "200": {"description": "OK", "content": _content(endpoint.answer)},
            "413": {"description": "The request is too large."},
            "422": {"description": "The request has another form."},
            busy: {"description": "The queue is full. Try again."},
        },
    }


def _content(model: type[Any]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _SCHEMAS.format(model=model.__name__)}}}


def page(description: dict[str, Any]) -> str:
    """Return the description as a page of HTML."""
    parts = [f"<!doctype html><title>rltf serve</title><style>{_STYLE}</style><h1>rltf serve</h1>"]
    parts.append('<p>The same as <a href="/openapi.json">OpenAPI</a>.</p>')
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2>")
            parts.append(f"<p>{escape(operation['summary'])}</p>")
            for title, content in _bodies(operation):
                name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
                parts.append(f'<p>{title}: <a href="#{name}"><code>{name}</code></a></p>')
    parts.append("<h1>Data</h1>")
    for name, schema in description["components"]["schemas"].items():
        text = escape(json.dumps(schema, indent=2, ensure_ascii=False))
        parts.append(f'<h2 id="{name}"><code>{name}</code></h2><pre>{text}</pre>')
    return "\n".join(parts)


def _bodies(operation: dict[str, Any]) -> list[tuple[str, Any]]:
    if "requestBody" not in operation:
        return []
    return [
        ("Request", operation["requestBody"]["content"]),
        ("Answer", operation["responses"]["200"]["content"]),
    ]
