"""The page in Chromium: what a reader sees, types and is kept safe from."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rltf.report.html import page_html
from rltf.report.server import serve
from rltf.report.sources import open_source

from .report_files import HOSTILE, hostile_sample, metrics, sample, write_lines, write_run

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromium-driver"),
]
SECONDS = 120


class Reader:
    """A browser, and what these tests do with it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def waits_for(self, condition: str) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, SECONDS).until(lambda _: self.run(f"return {condition}"))

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def opens(self, run: Path, place: str = "") -> None:
        source = open_source([run], None, 0)
        file = run / "report.html"
        file.write_text(page_html(source.refresh(), source))
        self.driver.get("about:blank")
        self.driver.get(file.as_uri() + place)
        self.waits_for(
            "document.title !== 'report' && !document.querySelector('#title').textContent.startsWith('Reading')"
        )

    def faults(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    @property
    def chosen(self) -> str:
        return str(self.run("return document.querySelector('#detail h2')?.textContent ?? ''"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(SECONDS)
    yield driver
    driver.quit()


@pytest.fixture
def reader(browser: Any) -> Reader:
    found = Reader(browser)
    found.resize(1300, 900)
    found.faults()
    return found


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Path]:
    return lambda figures, samples, **options: write_run(
        tmp_path / "run", figures, samples, **options
    )


def test_hostile_texts_are_shown_and_never_run(reader: Reader, run: Callable[..., Path]) -> None:
    names = {"rewards": dict.fromkeys(HOSTILE, 1.0), "left_out": dict.fromkeys(HOSTILE, 1)}
    figures = [
        metrics(step, round=names | {"statuses": {HOSTILE[0]: 1, HOSTILE[3]: 2}, "experiences": 1})
        for step in (1, 2)
    ]
    samples = [hostile_sample(text, number) for number, text in enumerate(HOSTILE)]
    reader.opens(run(figures, samples, policy=HOSTILE[1]))
    reader.waits_for("document.querySelectorAll('.plot svg.main-svg').length >= 3")
    reader.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for key in ("3", "2"):
        reader.press(key)
    for number, text in enumerate(HOSTILE):
        reader.run("choose(arguments[0])", number)
        reader.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        if number < 4:
            assert reader.chosen == text
            assert text in reader.run("return document.querySelector('.program').textContent")
    assert "\\u{202e}evil\\u{2066}" in reader.run(
        "store.chosen; choose(4); return document.querySelector('#detail').textContent"
    )
    assert reader.run("return window.hacked") is None
    assert (
        reader.run("return document.querySelectorAll('#main img, #main a, main script').length")
        == 0
    )
    assert reader.faults() == []


def test_keys_and_filters_choose_samples(reader: Reader, run: Callable[..., Path]) -> None:
    samples = [sample(f"t{n}", f"x = {n}", policy_step=n % 2) for n in range(5)]
    samples.append(sample("t5", "y = 5", status="passed", tests=[], greedy=True))
    reader.opens(run([metrics(1)], samples))
    reader.press("2")
    assert reader.chosen == "t0"
    reader.press("jj")
    assert reader.chosen == "t2"
    reader.press("k")
    assert reader.chosen == "t1"
    reader.press("G")
    assert reader.chosen == "t5"
    reader.press("/")
    reader.press("x = 3")
    reader.waits_for("document.querySelector('#found').textContent === '1 of 6 programs'")
    reader.press("\ue00c")  # Escape
    reader.press("j")
    assert reader.chosen == "t3"
    reader.run("byId('filters').reset()")
    reader.run("byId('by-step').value = '1'; filterSamples()")
    assert reader.run("return store.shown") == [1, 3]
    reader.press("?")
    assert reader.run("return byId('keys').open") is True
    reader.press("\ue00c")
    before = reader.run("return getComputedStyle(document.body).backgroundColor")
    reader.press("t")
    assert reader.run("return getComputedStyle(document.body).backgroundColor") != before


def test_tokens_are_tinted_and_the_failing_line_is_marked(
    reader: Reader, run: Callable[..., Path]
) -> None:
    error = {"type": "E", "message": "", "line": 2}
    steps = [[0, 0.5], [2, -0.25], [4, 0.0]]  # an emoji is one character, and two units of UTF-16
    line = sample(
        "t", "a\U0001f600bc\nraise E", status="runtime_error", error=error, advantages=steps
    )
    reader.opens(run([], [line]), "#sample-0")
    reader.waits_for("document.querySelector('.program')")
    tints = "return [...document.querySelectorAll('.program .plus, .program .minus')].map((each) => [each.className, each.textContent, each.title])"
    assert reader.run(tints) == [
        ["plus", "a\U0001f600", "advantage +0.5"],
        ["minus", "bc", "advantage \u22120.25"],
    ]
    broke = "return [...document.querySelectorAll('.line.broke')].map((each) => each.textContent)"
    assert reader.run(broke) == ["2▶the program broke here: raise E"]


def test_50_000_samples_stay_smooth(reader: Reader, run: Callable[..., Path]) -> None:
    line = sample("add", "def f(x):\n    return x", rewards={})
    folder = run([], [])
    write_lines(folder / "samples.jsonl", (line | {"sample": number} for number in range(50_000)))
    reader.opens(folder, "#samples")
    reader.waits_for("store.shown.length === 50000")
    assert reader.run("return byId('rows').childElementCount") < 60
    reader.press("G")
    assert reader.run("return store.chosen") == 49_999
    assert reader.run("return byId('row-49999') !== null && byId('rows').childElementCount") < 60
    moves = """const rows = new MutationObserver(() => {});
      rows.observe(byId('rows'), { childList: true });
      for (let n = 0; n < 1000; n++) move(-1);
      return rows.takeRecords().reduce((made, each) => made + each.addedNodes.length, 0)"""
    assert reader.run(moves) <= 1000  # a move makes at most the row that comes into view
    reader.run("byId('search').value = 'return'; filterSamples()")
    assert reader.run("return byId('rows').childElementCount") < 60


@pytest.mark.parametrize("width", [390, 1300])
def test_nothing_is_wider_than_the_screen_and_every_control_has_a_name(
    reader: Reader, run: Callable[..., Path], width: int
) -> None:
    reader.resize(width, 844)
    reader.opens(run([metrics(1), metrics(2)], [sample("t" * 60, "x = 1" * 60)]))
    unnamed = """return [...document.querySelectorAll('button, input, select, [role=img], [role=listbox], [role=region]')]
      .filter((each) => !each.ariaLabel && !each.textContent.trim() && !each.labels?.length).length"""
    for tab in ("overview", "options", "samples"):
        reader.run("showTab(arguments[0])", tab)
        assert reader.run("return document.documentElement.scrollWidth") <= width
        assert reader.run(unnamed) == 0
    reader.run("choose(0, {reads: true})")
    assert reader.run("return document.documentElement.scrollWidth") <= width
    assert reader.run("return byId('detail').offsetWidth") > 0


def test_a_live_page_shows_what_comes(reader: Reader, run: Callable[..., Path]) -> None:
    import json

    folder = run([metrics(1)], [sample("t0", "x = 0")])
    address: list[str] = []
    ready = threading.Event()

    def on_ready(url: str) -> None:
        address.append(url)
        ready.set()

    source = open_source([folder], None, 0)
    threading.Thread(target=serve, args=(source, "127.0.0.1", 0, on_ready), daemon=True).start()
    assert ready.wait(SECONDS)
    reader.driver.get(address[0])
    reader.waits_for("byId('live').textContent === 'live' && store.samples.length === 1")
    with (folder / "samples.jsonl").open("a") as file:
        file.write(json.dumps(sample("t1", "x = 1")) + "\n")
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(metrics(2)) + "\n")
    reader.waits_for(
        "store.samples.length === 2 && byId('subtitle').textContent.includes('2 of 10')"
    )
    (folder / "summary.json").write_text("{}")
    reader.waits_for("byId('live').textContent === 'finished'")
    assert reader.faults() == []
