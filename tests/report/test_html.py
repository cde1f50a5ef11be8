"""The page as a file: whole by itself, and without a place where data could become HTML."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rltf.report.html import live_html, page_html
from rltf.report.sources import open_source

from .report_files import HOSTILE, data_of, hostile_sample, metrics, sample, write_run

PAGE = Path(__file__).parents[2] / "rltf" / "report" / "page"


class Elements(HTMLParser):
    """The elements of a page, and the text of its scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag if tag in self.texts else ""
        if self._inside:
            self.texts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[self._inside][-1] += data


def elements(page: str) -> Elements:
    parser = Elements()
    parser.feed(page)
    return parser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A harmless page, and one with hostile texts in every field."""
    folder = tmp_path_factory.mktemp("pages")
    rewards = {"rewards": dict.fromkeys(HOSTILE, 1.0), "statuses": {HOSTILE[0]: 1}}
    hostile = write_run(
        folder / f"run {HOSTILE[1].replace('/', '')}",
        [metrics(1, round=rewards | {"left_out": {HOSTILE[0]: 1}, "experiences": 1})],
        [hostile_sample(text, number) for number, text in enumerate(HOSTILE)],
        policy=HOSTILE[0],
        extra=HOSTILE[1],
    )
    harmless = write_run(folder / "run", [metrics(1)], [sample("add", "a")])
    found = {}
    for name, run in (("hostile", hostile), ("harmless", harmless)):
        source = open_source([run], None, 0)
        found[name] = page_html(source.refresh(), source)
    return found


def test_hostile_texts_add_no_element_and_no_script(pages: dict[str, str]) -> None:
    hostile, harmless = (elements(pages[name]) for name in ("hostile", "harmless"))
    assert hostile.found == harmless.found
    assert hostile.texts["style"] == harmless.texts["style"]
    assert hostile.texts["script"][1:] == harmless.texts["script"][1:]
    for text in HOSTILE[:4]:
        assert text not in pages["hostile"]


def test_hostile_texts_arrive_unchanged(pages: dict[str, str]) -> None:
    samples = data_of(pages["hostile"])["samples"]
    assert [each["task"] for each in samples] == list(HOSTILE)
    assert samples[0]["error"] == f"{HOSTILE[0]}: {HOSTILE[0]}"
    assert samples[1]["rewards"] == {HOSTILE[1]: 1.0}
    assert samples[4]["program"] == f"{HOSTILE[4]}\n{HOSTILE[4]}"


def test_the_policy_allows_the_pages_own_scripts_and_style_by_digest(pages: dict[str, str]) -> None:
    found = elements(pages["harmless"])
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in found.found
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in policy
    for text, rule in (
        (found.texts["script"][-1], "script-src"),
        (found.texts["style"][0], "style-src"),
    ):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules[rule]


def test_the_page_names_no_other_place(pages: dict[str, str]) -> None:
    for tag, attributes in elements(pages["harmless"]).found:
        assert not {"src", "srcset", "action", "data"} & attributes.keys(), tag
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert (attributes.get("href") or "#").startswith("#")


def test_the_scripts_have_no_way_to_make_html_or_code_from_a_text() -> None:
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc"
    for file in PAGE.glob("*.js"):
        assert not re.search(ways, file.read_text()), file.name
        assert "</script" not in file.read_text().lower()


def test_a_live_page_asks_its_own_server_and_holds_no_data(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [metrics(1)], [sample("add", "a")])
    page = live_html(open_source([run], None, 0).refresh())
    assert "connect-src 'self'" in page
    assert 'id="data"' not in page


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_texts_have_enough_contrast_in_light_and_dark() -> None:
    blocks = re.findall(r":root[^{]*\{([^}]*--bg[^}]*)\}", (PAGE / "page.css").read_text())
    light, dark, by_system = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in blocks)
    assert dark == by_system
    for theme in (light, dark):
        pairs = [(text, ground) for text in ("ink", "ink-2", "link", "good", "bad")
                 for ground in ("bg", "surface", "sunken")]  # fmt: skip
        for text, ground in [*pairs, ("surface", "good"), ("surface", "bad")]:
            low, high = sorted(luminance(theme[each]) for each in (text, ground))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)
