"""Write a page as one HTML file that needs no network.

Data never become HTML. They lie in the page as base64 of compressed JSON, in script elements that
do not run, and the page's script puts them into text nodes. The content security policy allows the
page's own scripts and style by their digests, and nothing else.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from rltf.errors import UserError
from rltf.report.page_model import Page, page_data, row
from rltf.report.sources import Source

_SCRIPTS = ("core.js", "charts.js", "samples.js", "main.js")
_INSTALL = "rltf report needs its extra: pip install 'rltf[report]'"


def page_html(page: Page, source: Source) -> str:
    """Return the page with all its data."""
    data = _packed(reading(page, source, 0))
    return _document(page.title, f'<script type="text/plain" id="data">{data}</script>', "'none'")


def live_html(page: Page) -> str:
    """Return the page without data, which its script then asks the server for."""
    return _document(page.title, '<meta name="rltf-live" content="data">', "'self'")


def reading(page: Page, source: Source, since: int) -> bytes:
    """Return as JSON the page, the samples from number ``since`` on, and the problems of these."""
    samples = source.samples[since:]
    tasks = dict.fromkeys(sample.task for sample in samples)
    problems = {task: row(view) for task in tasks if (view := source.problem(task)) is not None}
    form: Mapping[str, Any] = {
        "page": page_data(page),
        "problems": problems,
        "samples": [row(sample) for sample in samples],
        "since": since,
        "restarts": source.restarts,
    }
    return json.dumps(form, allow_nan=False, separators=(",", ":")).encode()


def _document(title: str, data: str, connect: str) -> str:
    style, script = _text("page.css"), "".join(map(_text, _SCRIPTS))
    plotly = _plotly()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digest(script)} {plotly.digest}",
            # plotly adds an empty style element, and fills it through the object model
            f"style-src {_digest(style)} {_digest('')}",
            f"connect-src {connect}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    name = html.escape(title.encode("utf-8", "backslashreplace").decode())
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{name} - rltf report</title>\n<style>{style}</style>\n{plotly.styles}</head>\n<body>\n"
        f"{_text('body.html')}\n{data}\n"
        f'<script type="text/plain" id="plotly">{plotly.packed}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


class _Library:
    """The library of the charts, as the page holds it."""

    def __init__(self, text: str) -> None:
        self.digest = _digest(text)
        self.packed = _packed(text.encode())
        names = re.findall(r'getElementById\("([0-9a-f]{64})"\)', text)
        self.styles = "".join(f'<style id="{name}"></style>' for name in names)
        """Empty styles in the place of those of its maps, which the policy refuses."""


@cache
def _plotly() -> _Library:
    try:
        from plotly.offline import get_plotlyjs
    except ModuleNotFoundError:
        raise UserError(_INSTALL) from None
    return _Library(get_plotlyjs())


@cache
def _text(name: str) -> str:
    return resources.files("rltf.report").joinpath("page", name).read_text("utf-8")


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def _digest(text: str) -> str:
    """Return a source of a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
